import fc from 'fast-check'
import type {Script, Step} from '../script/script.ts'
import type {FrameSpec} from '../script/ws.ts'
import type {Target} from '../target.ts'
import {anyBytes, controlPayloads, ping, text} from './ws-payloads.ts'
import {awaitPong, cutsIn, echoes, fence, opening, send} from './ws-scene.ts'

/** Single pings, each of which can be answered before the next, from the first moment on. */
export function pings(target: Target): fc.Arbitrary<Script> {
  const one = controlPayloads.chain((payload) => {
    const frame: FrameSpec = {opcode: 9, payload}
    return fc
      .oneof({weight: 3, arbitrary: fc.constant<number[]>([])}, cutsIn([frame]))
      .map((cuts): Step[] => [send([frame], cuts), awaitPong])
  })
  const said = echoes(target) ? fc.boolean() : fc.constant(false)
  return fc
    .tuple(fc.array(one, {minLength: 1, maxLength: 3, size: 'max'}), said)
    .map(([all, first]) => [
      opening(target),
      ...(first ? [send([text('first')])] : []),
      ...all.flat(),
    ])
}

/** Many pings at once, with messages between; only the last is owed an answer (RFC 6455 5.5.3). */
export function burst(target: Target): fc.Arbitrary<Script> {
  const count = fc.oneof(
    {weight: 4, arbitrary: fc.integer({min: 2, max: 8})},
    {weight: 1, arbitrary: fc.integer({min: 9, max: 200})},
  )
  const said = echoes(target) ? fc.integer({min: 0, max: 3}) : fc.constant(0)
  return fc.tuple(count, said, fc.boolean()).map(([count, messages, apart]): Script => {
    const all = Array.from({length: count}, (_, index) => ping(`burst-${index}`))
    const between = Array.from({length: messages}, (_, index) => text(`message-${index}`))
    const middle = Math.floor(count / 2)
    const head = [...all.slice(0, middle), ...between]
    const tail = all.slice(middle)
    const sends = apart ? [send(head), send(tail)] : [send([...head, ...tail])]
    return [opening(target), ...sends, awaitPong, ...(messages > 0 ? [fence] : [])]
  })
}

/** Pongs that nobody asked for: before any ping, in numbers, between fragments, with the payload of no ping. */
export function strayPongs(target: Target): fc.Arbitrary<Script> {
  const pong = fc
    .oneof(
      controlPayloads,
      anyBytes(20, 1).map((hex) => ({hex})),
    )
    .map((payload): FrameSpec => ({opcode: 10, payload}))
  const some = fc.oneof(
    {weight: 4, arbitrary: fc.array(pong, {minLength: 1, maxLength: 3, size: 'max'})},
    {weight: 1, arbitrary: fc.array(pong, {minLength: 20, maxLength: 50, size: 'max'})},
  )
  return fc
    .tuple(some, fc.constantFrom('before', 'behind a ping', 'between fragments'))
    .map(([pongs, where]): Script => {
      const next = [text('next')]
      if (where === 'behind a ping')
        return [opening(target), fence, send([...pongs, ...next]), fence]
      if (where === 'before') return [opening(target), send([...pongs, ...next]), fence]
      const first: FrameSpec = {opcode: 1, fin: false, payload: {text: 'one '}}
      const last: FrameSpec = {opcode: 0, payload: {text: 'message'}}
      return [opening(target), send([first, ...pongs, last]), fence]
    })
}
