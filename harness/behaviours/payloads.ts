import fc from 'fast-check'
import type {Payload} from '../script/common.ts'
import type {PublishEndpoint, Target} from '../target.ts'

/** Texts that servers get wrong, each for a reason of its own (oracles: sse 6, row 4). */
const edges = [
  '',
  ' x',
  '  x',
  ':x',
  'data: x',
  'id: 9',
  '\t',
  '\u{FEFF}x',
  'a\u{85}b',
  'a\u{2028}b',
  'a\u{2029}b',
  'a\vb\fc',
  'a\u{1C}b\u{1E}c',
  '\u{1}a\u{7F}',
  '👩‍👩‍👧',
  'é',
  'e\u{301}',
  '0',
  'false',
  'null',
  '"',
  '\\',
  '</>&',
  '%0A',
  '{"a":1}',
]

/** Several of them at once: what is changed in any text is seen in a few cases. */
const several = fc
  .array(fc.constantFrom(...edges), {minLength: 2, maxLength: 12, size: 'max'})
  .map((parts) => parts.join(''))

/** Sizes in code points where buffers end: a power of two and its neighbours. */
const sizes = [511, 512, 513, 1023, 1024, 1025, 4095, 4096, 4097, 8191, 8192, 8193, 16384, 65536]

/**
 * Unicode scalar values but NUL, CR and LF; ASCII first. (`fc.string` of the unit 'binary' builds a
 * table of all of them when it is first used, and stands still for most of a second.)
 */
const codePoints: fc.Arbitrary<number> = fc
  .oneof(
    fc.integer({min: 0x20, max: 0x7e}),
    fc.integer({min: 1, max: 0xd7ff}),
    fc.integer({min: 0xe000, max: 0x10ffff}),
  )
  .filter((point) => point !== 10 && point !== 13)

/** Texts without line breaks, the plain ones first. */
export function lines(target: Target): fc.Arbitrary<Payload> {
  const {alphabet, maxBytes} = publishing(target)
  if (alphabet === 'token') return tokens(maxBytes)
  const short = fc
    .array(codePoints, {maxLength: 20, size: 'max'})
    .map((points) => String.fromCodePoint(...points))
  const long = fc.record(
    {repeat: fc.constantFrom('a', 'é', '😀'), times: fc.constantFrom(...sizes)},
    {noNullPrototype: true},
  )
  return fc
    .oneof(
      fc.constant('a'),
      {weight: 3, arbitrary: fc.constantFrom(...edges)},
      {weight: 3, arbitrary: several},
      short,
      long,
    )
    .filter((payload) => bytesOf(payload) <= maxBytes)
}

/** Texts with line feeds among them, where the target takes them. */
export function texts(target: Target): fc.Arbitrary<Payload> {
  const {alphabet, maxBytes} = publishing(target)
  if (alphabet !== 'text') return lines(target)
  const broken = fc
    .array(fc.constantFrom('a', '\n', 'data: x', 'id: 9', ' ', ''), {maxLength: 6, size: 'max'})
    .map((parts) => parts.join(''))
  return fc
    .oneof(
      {weight: 3, arbitrary: lines(target)},
      broken,
      fc.constantFrom('\n', 'a\n', '\na', 'a\n\nb'),
    )
    .filter((payload) => bytesOf(payload) <= maxBytes)
}

/** Words over CR, LF and CRLF with text that looks like a field behind them. */
export const lineBreaks: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.constantFrom('a', '\n', '\r\n', '\r'), {minLength: 1, maxLength: 8, size: 'max'}),
    fc.constantFrom('', 'id: 9', 'event: x', 'data: y', 'retry: 1', ': c'),
  )
  .map(([word, field]) => word.join('') + field)

function tokens(maxBytes: number): fc.Arbitrary<Payload> {
  return fc.oneof(
    fc.constant('a'),
    fc
      .array(fc.constantFrom(...'abcxyz019'), {
        minLength: 1,
        maxLength: Math.min(20, maxBytes),
        size: 'max',
      })
      .map((letters) => letters.join('')),
  )
}

function publishing(target: Target): PublishEndpoint {
  if (!target.publish) throw new RangeError('a behaviour that publishes needs `publish`')
  return target.publish
}

/** The size of a payload with a mark in front of it, in bytes at the most. */
function bytesOf(payload: Payload): number {
  const markBytes = 96
  if (typeof payload === 'string') return Buffer.byteLength(payload) + markBytes
  return Buffer.byteLength(payload.repeat) * payload.times + markBytes
}
