import {nearest} from './nearest.ts'

const known = ['port', 'dir', 'receivers', 'receiver', 'channel', 'cursor', 'payload']

/**
 * Misspelt placeholders in a description, one line each: a braced word that is nearly one that
 * exists.
 */
export function misspeltPlaceholders(raw: unknown, path = ''): string[] {
  if (typeof raw === 'string') {
    return [...raw.matchAll(/(?<!\$)\{([a-z]+)\}/gi)].flatMap(([whole, word]) => {
      const meant = known.includes(word!) ? undefined : nearest(word!, known)
      return meant ? [`${path}: no such placeholder ${whole}; did you mean {${meant}}?`] : []
    })
  }
  if (Array.isArray(raw)) {
    return raw.flatMap((item, index) => misspeltPlaceholders(item, `${path}[${index}]`))
  }
  if (typeof raw !== 'object' || raw === null) return []
  return Object.entries(raw).flatMap(([key, value]) =>
    misspeltPlaceholders(value, path ? `${path}.${key}` : key),
  )
}

/** Whether a placeholder stands in any text of a value. */
export function holds(raw: unknown, placeholder: string): boolean {
  if (typeof raw === 'string') return raw.includes(placeholder)
  if (typeof raw !== 'object' || raw === null) return false
  return Object.values(raw).some((value) => holds(value, placeholder))
}
