/** What is wrong with the syntax of a head: `refuse` where RFC 9112 demands 400, else `either`. */
export interface HeadFault {
  readonly class: 'either' | 'refuse'
  readonly why: string
}

/** The head of an HTTP/1.1 message, read as leniently as RFC 9112 permits. */
export interface HttpHead {
  readonly startLine: string
  /** Names and trimmed values in the order and case in which they were sent. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly faults: readonly HeadFault[]
  /** Characters of the head, the empty line included; undefined while that line is missing. */
  readonly length: number | undefined
}

/** RFC 9110 section 5.6.2. */
export const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

function fieldFault(line: string, name: string, value: string): HeadFault | undefined {
  // RFC 9112 section 5.1: whitespace between name and colon must be answered with 400.
  if (/[ \t]$/.test(name)) return {class: 'refuse', why: `whitespace before the colon: ${name}`}
  if (!tokenPattern.test(name)) return {class: 'either', why: `no field line: ${line}`}
  // RFC 9110 section 5.5: CR, LF, NUL must be rejected or replaced, other controls are up to us.
  for (const char of value)
    if ((char < ' ' && char !== '\t') || char === '\u007f')
      return {class: 'either', why: `control character in ${name}`}
  return undefined
}

/** Reads a head given as latin1 text; bytes behind the empty line are not looked at. */
export function parseHead(text: string): HttpHead {
  // RFC 9112 section 2.2: a lone LF may be taken for a line end, CRLF before a request is skipped.
  const start = /^(?:\r?\n)*/.exec(text)?.[0].length ?? 0
  const end = /\r?\n\r?\n/.exec(text.slice(start))
  const head = end === null ? text.slice(start) : text.slice(start, start + end.index)
  const faults: HeadFault[] = []
  if (start > 0) faults.push({class: 'either', why: 'an empty line before the start line'})
  if (/(?<!\r)\n/.test(head) || (end !== null && end[0] !== '\r\n\r\n'))
    faults.push({class: 'either', why: 'a line that ends in a lone LF'})
  const [startLine = '', ...lines] = head.split(/\r?\n/)
  const fields: (readonly [string, string])[] = []
  for (const line of lines) {
    if (/^[ \t]/.test(line)) {
      // RFC 9112 section 5.2: obs-fold is rejected or replaced by spaces.
      faults.push({class: 'either', why: 'a folded field line'})
      const last = fields.pop()
      if (last !== undefined) fields.push([last[0], `${last[1]} ${line.trim()}`])
      continue
    }
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')
    const fault = colon < 0 ? {class: 'either' as const, why: `no colon: ${line}`} : undefined
    const found = fault ?? fieldFault(line, name, value)
    if (found !== undefined) faults.push(found)
    fields.push([name, value])
  }
  return {
    startLine,
    fields,
    faults,
    length: end === null ? undefined : start + end.index + end[0].length,
  }
}

/** The values of all field lines of that name, in order; names are compared without case. */
export function fieldValues(head: HttpHead, name: string): string[] {
  const wanted = name.toLowerCase()
  return head.fields.flatMap(([field, value]) => (field.toLowerCase() === wanted ? [value] : []))
}

/** The members of a comma-separated list over all its lines (RFC 9110 sections 5.3 and 5.6.1). */
export function listMembers(head: HttpHead, name: string): string[] {
  return fieldValues(head, name)
    .flatMap((value) => splitOutsideQuotes(value, ','))
    .filter((member) => member !== '')
}

/** `text` cut at `separator`, but not inside a quoted string; parts are trimmed. */
export function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = []
  let part = ''
  let quoted = false
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index)
    if (quoted && char === '\\') {
      part += text.slice(index, index + 2)
      index += 1
      continue
    }
    if (char === '"') quoted = !quoted
    if (char === separator && !quoted) {
      parts.push(part.trim())
      part = ''
    } else part += char
  }
  return [...parts, part.trim()]
}
