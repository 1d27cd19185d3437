import fc from 'fast-check'
import type {FrameSpec, Octets} from '../script/ws.ts'
import type {Target} from '../target.ts'

/** Where the three forms of the length field meet, and where readers of them go wrong (RFC 6455 5.2). */
const shortLengths = [1, 0, 2, 124, 125, 126, 127, 128, 129, 255, 256, 257]
const longLengths = [32_767, 32_768, 32_769, 65_534, 65_535, 65_536, 65_537]

/** Lengths of messages that the target takes for sure, in bytes; the long ones are rarer. */
export function lengths(target: Target): fc.Arbitrary<number> {
  const most = largest(target)
  const fits = (length: number): boolean => length <= most
  const long = longLengths.filter(fits)
  return fc.oneof(
    {weight: 3, arbitrary: fc.constantFrom(...shortLengths.filter(fits))},
    ...(long.length > 0 ? [{weight: 2, arbitrary: fc.constantFrom(...long)}] : []),
  )
}

/** The largest message that the target takes for sure, in bytes. */
export function largest({ws}: Target): number {
  return ws?.maxMessage ?? ws?.guaranteedMessage ?? 0
}

/** Opcodes of messages that the target takes: text, and binary unless it is text-only. */
export function dataOpcodes({ws}: Target): fc.Arbitrary<1 | 2> {
  return ws?.textOnly ? fc.constant(1) : fc.constantFrom(1, 2)
}

/** The first and last code points of every length and gap (RFC 3629 3), a BOM, noncharacters, a combining mark, white space. */
const codePoints = [
  0x61, 0xe9, 0x20ac, 0x1f600, 0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfeff, 0xfffd, 0xfffe,
  0xffff, 0x10000, 0x1fffe, 0x10ffff, 0x301, 0x20, 0x09, 0x0a, 0x0d,
]

/** Well-formed text of one to eight code points. */
export const texts: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...codePoints), {minLength: 1, maxLength: 8, size: 'max'})
  .map((points) => String.fromCodePoint(...points))

/** Texts of which every code point takes two to four bytes. */
export const wideTexts: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...codePoints.filter((point) => point > 0x7f)), {
    minLength: 1,
    maxLength: 6,
    size: 'max',
  })
  .map((points) => String.fromCodePoint(...points))

/** Sequences that end within a code point, in hex. */
export const truncated = ['c3', 'e282', 'e2', 'f09f98', 'f09f', 'f0', 'efbf', 'f48fbf']

/** Byte sequences that no UTF-8 holds (RFC 3629 3), in hex: one for each way to be wrong, borders included. */
const ill =
  '80 bf ff fe c0 c1 f5 f8 c080 c1bf e08080 e09fbf f0808080 f08fbfbf eda080 edbfbf eda081edb080 \
f4908080 f5808080 f7bfbfbf f888808080 c328 e228a1 e28228 f0288cbc f09f2880'.split(' ')

/** Text that is not UTF-8, in hex: one bad place, with good text before or behind it. */
export const badTexts: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...ill, ...truncated),
    fc.constantFrom('', '61', 'c3a9', 'f09f9880'),
    fc.constantFrom('', '61', '6162'),
  )
  .map(([bad, before, behind]) => before + bad + behind)

/** Up to `most` bytes of any value, in hex. */
export function anyBytes(most: number, minLength = 0): fc.Arbitrary<string> {
  return fc
    .uint8Array({minLength, maxLength: most, size: 'max'})
    .map((bytes) => Buffer.from(bytes).toString('hex'))
}

/** The payload of a control frame: short, or at the border of what it may hold (RFC 6455 5.5), also no text at all. */
export const controlPayloads: fc.Arbitrary<Octets> = fc.oneof(
  fc.constant<Octets>({text: 'ping'}),
  fc.constantFrom<Octets>(
    {hex: 'ff'},
    {hex: '00'},
    {text: 'é😀'},
    {repeat: 'p', times: 125},
    {repeat: 'p', times: 124},
    {hex: ''},
  ),
  anyBytes(125).map((hex): Octets => ({hex})),
)

/** A masking key: one that hides nothing, one that flips all, or any (RFC 6455 5.3). */
export const maskKeys: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('00000000', 'ffffffff', '01020304', '00ff00ff', '000000ff'),
  fc.integer({min: 0, max: 0x7fffffff}).map((key) => key.toString(16).padStart(8, '0')),
)

/** Octets of a text, in hex. */
export function hexOf(text: string): string {
  return Buffer.from(text).toString('hex')
}

/** A frame with a text payload. */
export function text(text: string): FrameSpec {
  return {opcode: 1, payload: {text}}
}

/** A ping with a text payload. */
export function ping(text: string): FrameSpec {
  return {opcode: 9, payload: {text}}
}

/** Bytes of a payload. */
export function payloadBytes(payload: Octets | undefined): number {
  if (!payload) return 0
  if ('hex' in payload) return payload.hex.length / 2
  if ('text' in payload) return Buffer.byteLength(payload.text)
  return Buffer.byteLength(payload.repeat) * payload.times
}

/** Bytes of a legal frame on the wire: a header of 2, a length of 0, 2 or 8, a key of 4, and the payload (RFC 6455 5.2). */
export function wireBytes({payload}: FrameSpec): number {
  const bytes = payloadBytes(payload)
  return 6 + (bytes < 126 ? 0 : bytes < 65_536 ? 2 : 8) + bytes
}
