import fc from 'fast-check'
import type {Script, Step} from '../script/script.ts'
import type {FrameSpec} from '../script/ws.ts'
import type {Target} from '../target.ts'
import {
  anyBytes,
  controlPayloads,
  dataOpcodes,
  hexOf,
  largest,
  lengths,
  maskKeys,
  ping,
  text,
  texts,
  wideTexts,
  wireBytes,
} from './ws-payloads.ts'
import {cutsIn, fence, opening, send} from './ws-scene.ts'

type Frames = fc.Arbitrary<FrameSpec[]>

/** A message cut into fragments at these offsets of its payload, which may be equal: then a fragment is empty (RFC 6455 5.4). */
export function fragments(opcode: number, hex: string, borders: readonly number[]): FrameSpec[] {
  const bytes = hex.length / 2
  const inside = borders.map((border) => Math.min(border, bytes)).toSorted((a, b) => a - b)
  const ends = [...inside, bytes]
  return ends.map((end, index) => ({
    opcode: index === 0 ? opcode : 0,
    ...(index < ends.length - 1 && {fin: false}),
    payload: {hex: hex.slice((ends[index - 1] ?? 0) * 2, end * 2)},
  }))
}

const few = <Value>(one: fc.Arbitrary<Value>, maxLength: number): fc.Arbitrary<Value[]> =>
  fc.array(one, {minLength: 1, maxLength, size: 'max'})

/** Sends all in one write, uncut, and waits for the echoes. */
function atOnce(target: Target, frames: Frames): fc.Arbitrary<Script> {
  return frames.map((all) => [opening(target), send(all), fence])
}

/** Messages at the borders of the length forms, one write each. */
export function lengthForms(target: Target): fc.Arbitrary<Script> {
  const one = fc
    .tuple(lengths(target), dataOpcodes(target))
    .map(([times, opcode]): Step => send([{opcode, payload: {repeat: 'a', times}}]))
  return few(one, 3).map((sends) => [opening(target), ...sends, fence])
}

/** A new key for every frame, and cuts at every residue modulo 4. */
export function keys(target: Target): fc.Arbitrary<Script> {
  const most = largest(target)
  const payload = fc.oneof(
    {weight: 4, arbitrary: fc.integer({min: 1, max: Math.min(most, 20)})},
    {weight: 2, arbitrary: fc.constantFrom(0, Math.min(125, most), Math.min(126, most))},
    {weight: 1, arbitrary: fc.constantFrom(...[4095, 65_539].map((size) => Math.min(size, most)))},
  )
  const one = fc
    .tuple(payload, maskKeys, dataOpcodes(target), fc.integer({min: 0, max: 9}))
    .map(([times, mask, opcode, cut]): Step => {
      const head = times < 126 ? 6 : times < 65_536 ? 8 : 14
      const frame: FrameSpec = {
        opcode,
        mask,
        payload: {repeat: 'abc', times: Math.floor(times / 3)},
      }
      return send([frame], cut > 0 && times > 0 ? [head + cut] : [])
    })
  return few(one, 3).map((sends) => [opening(target), ...sends, fence])
}

/** One message with text of every width, whole or in two fragments, or with a ping before it. */
function small(target: Target): Frames {
  return fc.oneof(
    texts.map((one) => [text(one)]),
    fc
      .tuple(anyBytes(12), dataOpcodes(target))
      .map(([hex, opcode]) => [opcode === 2 ? {opcode, payload: {hex}} : text(hex)]),
    texts.map((one) => [ping('p'), text(one)]),
    fc
      .tuple(texts, fc.integer({min: 0, max: 12}))
      .map(([one, border]) => fragments(1, hexOf(one), [border])),
  )
}

/** The same bytes in one write, byte by byte over the first header, or cut at a few places. */
export function chopped(target: Target): fc.Arbitrary<Script> {
  return few(small(target), 3).chain((messages) => {
    const frames = messages.flat()
    const cuts = fc.oneof(
      {weight: 2, arbitrary: cutsIn(frames)},
      {weight: 1, arbitrary: fc.constant([1, 2, 3, 4, 5, 6, 7])},
    )
    return cuts.map((at) => [opening(target), send(frames, at), fence])
  })
}

/** Many small frames in one write, sometimes with the last one cut. */
export function coalesced(target: Target): fc.Arbitrary<Script> {
  const pong = fc.constant<FrameSpec[]>([{opcode: 10, payload: {text: 'pong'}}])
  const one = fc.oneof(
    {weight: 4, arbitrary: small(target)},
    {weight: 1, arbitrary: fc.constant([ping('p')])},
    {weight: 1, arbitrary: pong},
  )
  const plain = texts.map((one) => [text(one)])
  const many = fc.oneof(
    {weight: 4, arbitrary: fc.array(one, {minLength: 2, maxLength: 12, size: 'max'})},
    {weight: 1, arbitrary: fc.array(plain, {minLength: 20, maxLength: 150, size: 'max'})},
  )
  return fc.tuple(many, fc.boolean(), texts).map(([some, cut, last]) => {
    const frames = [...some.flat(), text(last)]
    const bytes = frames.reduce((sum, frame) => sum + wireBytes(frame), 0)
    return [opening(target), send(frames, cut ? [bytes - 2] : []), fence]
  })
}

/** Messages in fragments, empty ones among them; now and then very many. */
export function fragmented(target: Target): fc.Arbitrary<Script> {
  const borders = fc.array(fc.integer({min: 0, max: 8}), {minLength: 1, maxLength: 4, size: 'max'})
  const some = fc
    .tuple(anyBytes(8), dataOpcodes(target), borders)
    .map(([hex, opcode, at]) => fragments(opcode, opcode === 1 ? hexOf(hex).slice(0, 16) : hex, at))
  const many = fc
    .tuple(fc.integer({min: 20, max: 200}), dataOpcodes(target))
    .map(([count, opcode]) =>
      fragments(
        opcode,
        '61'.repeat(count),
        Array.from({length: count - 1}, (_, index) => index + 1),
      ),
    )
  const one = fc.oneof({weight: 9, arbitrary: some}, {weight: 1, arbitrary: many})
  return fc.tuple(few(one, 3), fc.boolean()).map(([messages, waits]) => {
    const [first, ...rest] = messages.flat()
    const sends = waits ? [send([first!]), fence, send(rest)] : [send([first!, ...rest])]
    return [opening(target), ...sends, fence]
  })
}

const controls: fc.Arbitrary<FrameSpec> = fc
  .tuple(fc.constantFrom(9, 9, 10), controlPayloads)
  .map(([opcode, payload]) => ({opcode, payload}))

/** Pings and pongs between the fragments of a message; sometimes the client waits there for the pong. */
export function interleaved(target: Target): fc.Arbitrary<Script> {
  return fc
    .tuple(
      fc.tuple(anyBytes(9, 3), dataOpcodes(target)),
      fc.array(fc.integer({min: 0, max: 9}), {minLength: 1, maxLength: 3, size: 'max'}),
      few(controls, 2),
      fc.boolean(),
    )
    .chain(([[hex, opcode], borders, between, waits]) => {
      const message = fragments(opcode, opcode === 1 ? hexOf(hex).slice(0, 18) : hex, borders)
      const behind = [...message.slice(1), text('next')]
      const before = [message[0]!, ...between]
      const frames = [...before, ...behind]
      return fc
        .oneof(fc.constant<number[]>([]), cutsIn(frames))
        .map((cuts): Script =>
          waits
            ? [opening(target), send(before), fence, send(behind), fence]
            : [opening(target), send(frames, cuts), fence],
        )
    })
}

/** Texts of all planes, whole. */
export function unicode(target: Target): fc.Arbitrary<Script> {
  return atOnce(
    target,
    few(texts, 3).map((all) => all.map(text)),
  )
}

/** Bytes of every value as binary messages, among texts. */
export function binary(target: Target): fc.Arbitrary<Script> {
  const all = Buffer.from(Array.from({length: 256}, (_, byte) => byte)).toString('hex')
  const hex = fc.oneof(
    anyBytes(16, 1),
    fc.constantFrom('00', '0000', 'ff', 'c080', 'eda080', all, '00ff'.repeat(64)),
  )
  const one = fc.oneof(
    {weight: 3, arbitrary: hex.map((bytes): FrameSpec => ({opcode: 2, payload: {hex: bytes}}))},
    {weight: 1, arbitrary: texts.map(text)},
  )
  return atOnce(target, few(one, 4))
}

/** Messages of no bytes, whole or in empty fragments, among others. */
export function empty(target: Target): fc.Arbitrary<Script> {
  const nothing = dataOpcodes(target).map((opcode): FrameSpec[] => [{opcode}])
  const fragmentedNothing = dataOpcodes(target).map((opcode) => fragments(opcode, '', [0]))
  const other = fc.constant([text('x')])
  const one = fc.oneof(
    {weight: 3, arbitrary: nothing},
    {weight: 1, arbitrary: fragmentedNothing},
    {weight: 2, arbitrary: other},
  )
  return atOnce(
    target,
    few(one, 5).map((messages) => messages.flat()),
  )
}

/** Numbered messages of very different sizes, sent without waiting for answers. */
export function stream(target: Target): fc.Arbitrary<Script> {
  const most = largest(target)
  const size = fc.constantFrom(1, 1, 2, 40, 400, 3000, 30_000).map((size) => Math.min(size, most))
  const one = fc.tuple(size, dataOpcodes(target), fc.constantFrom('', '', 'ping', 'fragments'))
  const many = fc.array(one, {minLength: 2, maxLength: 30, size: 'max'})
  return fc.tuple(many, fc.integer({min: 1, max: 3})).map(([all, writes]) => {
    const messages = all.map(([size, opcode, how], index) => numbered(index, size, opcode, how))
    const each = Math.ceil(messages.length / writes)
    const sends = Array.from({length: writes}, (_, write) =>
      messages.slice(write * each, (write + 1) * each).flat(),
    )
    return [
      opening(target),
      ...sends.filter((some) => some.length > 0).map((some) => send(some)),
      fence,
    ]
  })
}

function numbered(index: number, size: number, opcode: number, how: string): FrameSpec[] {
  const repeat = `${index}.`
  const times = Math.max(1, Math.floor(size / repeat.length))
  if (how === 'fragments' && times < 100)
    return fragments(opcode, hexOf(repeat.repeat(times)), [1, 1 + times])
  const frame: FrameSpec = {opcode, payload: {repeat, times}}
  return how === 'ping' ? [ping(`p${index}`), frame] : [frame]
}

/** Multi-byte text cut inside its code points, with pings between; or such a text that never becomes whole. */
export function splitTexts(target: Target): fc.Arbitrary<Script> {
  return fc
    .tuple(
      wideTexts,
      fc.array(fc.integer({min: 1, max: 12}), {minLength: 1, maxLength: 3, size: 'max'}),
      fc.boolean(),
      wideTexts,
    )
    .map(([first, borders, pinged, second]) => {
      const frames = fragments(1, hexOf(first), borders)
      const all = pinged ? frames.flatMap((frame) => [frame, ping('p')]) : frames
      return [opening(target), send([...all, text(second)]), fence]
    })
}
