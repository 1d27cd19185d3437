import type {Bytes} from '../trace.ts'

const named: Readonly<Record<string, string>> = {
  '\r': '\\r',
  '\n': '\\n',
  '\t': '\\t',
  '\\': '\\\\',
}

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0')

/** Bytes (latin1, one code point each) as printable ASCII: `\r\n`, `\x82`, everything else as it is. */
export function escapeBytes(bytes: Bytes): string {
  return bytes.replaceAll(
    /[^\x20-\x5b\x5d-\x7e]/g,
    (byte) => named[byte] ?? `\\x${hex(byte.charCodeAt(0), 2)}`,
  )
}

/**
 * Text that came from a server, made safe to print: controls and direction marks become `\n`, `\x1b`,
 * `\u202e`, so that no server can move the cursor of the terminal or reorder a line of the report.
 */
export function escapeText(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => {
      const code = character.charCodeAt(0)
      return named[character] ?? (code < 256 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`)
    },
  )
}

/** At most `most` code points of a text; what was cut is told by `…` and the whole length in code points. */
export function shorten(text: string, most: number): string {
  const points = Array.from(text)
  if (points.length <= most) return text
  const tail = `… (${points.length})`
  return points.slice(0, Math.max(1, most - tail.length)).join('') + tail
}

/** A text that ends in `…` where it is longer than `most` code points. */
export function clip(text: string, most: number): string {
  const points = Array.from(text)
  return points.length <= most ? text : `${points.slice(0, Math.max(1, most - 1)).join('')}…`
}

/** The start of some bytes, escaped; a longer run begins with its size. */
export function startOf(bytes: Bytes): string {
  const size = bytes.length > 64 ? `(${bytes.length} bytes) ` : ''
  return size + escapeBytes(bytes.slice(0, 256))
}
