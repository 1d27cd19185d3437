import {isLosslessNumber} from 'lossless-json'
import type {Json} from '../target.ts'

/** The value at a JSON Pointer (RFC 6901) of a parsed document; undefined where there is none, or the pointer is none. */
export function pointer(document: unknown, path: string): unknown {
  const keys = keysOf(path)
  if (!keys) return undefined
  let value = document
  for (const key of keys) {
    if (isLosslessNumber(value)) return undefined
    if (Array.isArray(value)) value = isIndex(key) ? value[Number(key)] : undefined
    else if (typeof value === 'object' && value !== null && Object.hasOwn(value, key))
      value = (value as Record<string, unknown>)[key]
    else return undefined
  }
  return value
}

/** A copy of a document with `value` at a pointer; objects are made where they are missing, `-` appends to an array (RFC 6901 4). */
export function setAt(document: Json, path: string, value: Json): Json {
  const keys = keysOf(path)
  return keys ? setIn(document, keys, value) : document
}

function setIn(document: Json, keys: readonly string[], value: Json): Json {
  const [key, ...deeper] = keys
  if (key === undefined) return value
  if (Array.isArray(document)) {
    const items = [...(document as readonly Json[])]
    const index = key === '-' ? items.length : isIndex(key) ? Number(key) : undefined
    if (index === undefined || index > items.length) return document
    items[index] = setIn(items[index] ?? {}, deeper, value)
    return items
  }
  const object: Readonly<Record<string, Json>> =
    typeof document === 'object' && document !== null
      ? (document as Readonly<Record<string, Json>>)
      : {}
  return {...object, [key]: setIn(object[key] ?? {}, deeper, value)}
}

/** The reference tokens of a pointer; undefined when it does not begin with a slash. */
function keysOf(path: string): string[] | undefined {
  if (path === '') return []
  if (!path.startsWith('/')) return undefined
  // RFC 6901 4: first ~1, then ~0, so that ~01 becomes ~1.
  const unescaped = (key: string): string => key.replaceAll('~1', '/').replaceAll('~0', '~')
  return path.slice(1).split('/').map(unescaped)
}

/** RFC 6901 4: digits without a leading zero. */
function isIndex(key: string): boolean {
  return /^(?:0|[1-9]\d*)$/.test(key)
}
