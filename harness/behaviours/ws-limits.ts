import fc from 'fast-check'
import type {Script} from '../script/script.ts'
import type {FrameSpec} from '../script/ws.ts'
import type {Target} from '../target.ts'
import {blockBytes} from '../models/ws/header-rules.ts'
import {text} from './ws-payloads.ts'
import {fence, offends, opening, send, watched, type Offence} from './ws-scene.ts'

/** Larger limits are not filled, only announced. */
const mostFilled = 2 * 1024 * 1024

/** Messages at the declared limit, and above it: announced by a header, in one frame, and as the sum of fragments (RFC 6455 10.4). */
export function sizes(target: Target): fc.Arbitrary<Script> {
  const max = target.ws?.maxMessage ?? 0
  const over = offends(target, fc.oneof(...announced(max)))
  if (max > mostFilled || max < 2) return over
  const above = fc.oneof(...filled(max)).map((offence) => {
    const {frames} = offence
    return watched(target, [send(frames), {do: 'await-end', client: 'a'}])
  })
  const within = fc
    .tuple(fc.constantFrom(max, max - 1), fc.boolean())
    .map(([times, parts]): Script => {
      const whole: FrameSpec[] = [{opcode: 1, payload: {repeat: 'a', times}}]
      const frames = parts ? halves(times) : whole
      return [opening(target), send([...frames, text('next')]), fence]
    })
  return fc.oneof(
    {weight: 5, arbitrary: over},
    {weight: 1, arbitrary: within},
    {weight: 1, arbitrary: above},
  )
}

function halves(bytes: number): FrameSpec[] {
  const first = Math.floor(bytes / 2)
  return [
    {opcode: 1, fin: false, payload: {repeat: 'a', times: first}},
    {opcode: 0, payload: {repeat: 'b', times: bytes - first}},
  ]
}

/** Headers whose length goes beyond the limit, alone or together with the fragments before. */
function announced(max: number): fc.Arbitrary<Offence>[] {
  const begun: FrameSpec = {opcode: 1, fin: false, payload: {text: 'b'}}
  return [
    fc.constantFrom(max + 1, 2 * max, 2 ** 40).map((length) => ({
      frames: [{opcode: 1, declared: String(length)}],
      open: true as const,
    })),
    fc.constantFrom(max, max + 1).map((length) => ({
      frames: [begun, {opcode: 0, declared: String(length)}],
      open: true as const,
    })),
  ]
}

/** What is more than the limit, whole or with more still to come. */
function filled(max: number): fc.Arbitrary<Offence>[] {
  const times = max + blockBytes + 1
  return [
    fc.constant({frames: halves(max + 1)}),
    fc.constant({frames: [{opcode: 1, payload: {repeat: 'a', times: max + 1}}]}),
    fc.constant({
      frames: [{opcode: 1, payload: {repeat: 'a', times}, declared: String(2 * times)}],
    }),
  ]
}
