/**
 * The value that a JSON Pointer names in a document (RFC 6901 sections 3 and 4); undefined where there is none.
 * `''` names the whole document. `-` and an index with a leading zero name nothing.
 */
export function valueAt(document: unknown, pointer: string): unknown {
  if (pointer === '') return document
  if (!pointer.startsWith('/')) return undefined
  let value = document
  for (const token of pointer.slice(1).split('/')) {
    value = member(value, token.replaceAll('~1', '/').replaceAll('~0', '~'))
  }
  return value
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  if (Array.isArray(value)) {
    return /^(0|[1-9]\d*)$/.test(name) ? (value[Number(name)] as unknown) : undefined
  }
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
}
