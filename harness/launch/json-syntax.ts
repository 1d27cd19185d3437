const token =
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[ !#-[\]-\uFFFF]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y

/** What may come next: a value, a key, a separator, or nothing. */
type Wanted = 'value' | 'value or ]' | 'key or }' | 'key' | ':' | ', or ]' | ', or }' | 'end'

/**
 * Line and column (from 1) of the first character that makes a text no JSON (RFC 8259), and what
 * was wanted there; undefined for JSON.
 */
export function jsonProblem(
  text: string,
): {line: number; column: number; wanted: string} | undefined {
  const open: ('[' | '{')[] = []
  let wanted: Wanted = 'value'
  let offset = 0
  for (;;) {
    token.lastIndex = offset
    const match = token.exec(text)
    const next: Wanted | undefined = match ? step(wanted, match, open) : undefined
    if (!match || !next) break
    wanted = next
    offset = token.lastIndex
  }
  const at = offset + /^[ \t\r\n]*/.exec(text.slice(offset))![0].length
  if (wanted === 'end' && at === text.length) return undefined
  const before = text.slice(0, at).split('\n')
  return {line: before.length, column: before.at(-1)!.length + 1, wanted: said(wanted)}
}

/** The state behind one token; undefined where the token is not allowed. */
function step(wanted: Wanted, match: RegExpExecArray, open: ('[' | '{')[]): Wanted | undefined {
  const [, sign, scalar] = match
  const value = wanted === 'value' || wanted === 'value or ]'
  if (scalar !== undefined) {
    if (value) return behind(open)
    return wanted.startsWith('key') && scalar.startsWith('"') ? ':' : undefined
  }
  if (sign === '[' || sign === '{') {
    if (!value) return undefined
    open.push(sign)
    return sign === '[' ? 'value or ]' : 'key or }'
  }
  if (sign === ':') return wanted === ':' ? 'value' : undefined
  if (sign === ',') {
    if (wanted === ', or ]') return 'value'
    return wanted === ', or }' ? 'key' : undefined
  }
  if (!wanted.endsWith(`or ${sign}`)) return undefined
  open.pop()
  return behind(open)
}

function behind(open: readonly ('[' | '{')[]): Wanted {
  const last = open.at(-1)
  if (last === undefined) return 'end'
  return last === '[' ? ', or ]' : ', or }'
}

function said(wanted: Wanted): string {
  if (wanted === 'end') return 'the end of the file'
  return wanted.startsWith('value')
    ? wanted.replace('value', 'a value')
    : wanted.replace('key', 'a key in double quotes')
}
