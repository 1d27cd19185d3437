/**
 * Cursors that no server gave out: each is malformed where cursors are decimal numbers, and differs from the
 * valid one where they are opaque. Pure text; the client puts it where the description wants cursors.
 */

import type {Forgery} from '../script/common.ts'

/** One forged cursor. */
export interface Forged {
  /** Percent-encoded values of the query parameter; two when it is sent twice. */
  readonly escaped: readonly string[]
  /** The same as text, for fields and bodies; absent where text cannot say it. */
  readonly text?: string
}

/** What a malformed cursor is made from when the server has given none yet. */
const unseen = '7'

/** What text can say; each a function of a valid cursor. */
const texts: Readonly<
  Record<Exclude<Forgery, 'ill-formed-utf8' | 'repeated'>, (valid: string) => string>
> = {
  empty: () => '',
  spaces: () => '  ',
  // `-1` alone names the oldest event on some servers.
  negative: (valid) => `-${valid}7`,
  exponent: (valid) => `${valid}e1`,
  fraction: (valid) => `${valid}.5`,
  hex: (valid) => `0x${valid}`,
  nul: (valid) => `${valid}\0`,
  'line-break': (valid) => `${valid}\n`,
  trailing: (valid) => `${valid}x`,
  'unicode-digits': arabicIndic,
  json: (valid) => JSON.stringify({cursor: valid}),
  huge: () => '9'.repeat(40),
}

/** A malformed cursor like `lastValid`. */
export function forge(kind: Forgery, lastValid: string | undefined): Forged {
  const valid = lastValid === undefined || lastValid === '' ? unseen : lastValid
  // 0xC3 begins a sequence of two bytes (RFC 3629 3), and 0x28 does not go on with it.
  if (kind === 'ill-formed-utf8') return {escaped: [`${escape(valid)}%C3%28`]}
  if (kind === 'repeated') return {escaped: [escape(valid), escape(`${valid}0`)]}
  const text = texts[kind](valid)
  return {escaped: [escape(text)], text}
}

/** U+0660 to U+0669 are decimal digits of Unicode, and not those of any cursor. */
function arabicIndic(valid: string): string {
  const other = valid.replaceAll(/\d/g, (digit) => String.fromCodePoint(0x06_60 + Number(digit)))
  return other === valid ? `${valid}\u0663` : other
}

function escape(text: string): string {
  let escaped = ''
  for (const byte of new TextEncoder().encode(text)) {
    const character = String.fromCharCode(byte)
    const hex = byte.toString(16).toUpperCase().padStart(2, '0')
    escaped += /[A-Za-z0-9\-._~]/.test(character) ? character : `%${hex}`
  }
  return escaped
}
