import fc from 'fast-check'
import type {Script, Step} from '../script/script.ts'
import type {FrameSpec, OpenWs, Send} from '../script/ws.ts'
import type {Target} from '../target.ts'
import {ping, text, wireBytes} from './ws-payloads.ts'

/** Steps of client `a`: the one that misbehaves, or is alone. */
export const fence: Step = {do: 'fence', client: 'a'}
export const awaitPong: Step = {do: 'await-pong', client: 'a'}
export const awaitEnd: Step = {do: 'await-end', client: 'a'}

/** Whether messages come back. */
export function echoes(target: Target): boolean {
  return target.ws?.echo !== undefined
}

/** Opens a WebSocket where most can be seen: on the echo, on the path of which nothing is known, or as a subscriber. */
export function opening(target: Target, client = 'a'): OpenWs {
  const route = target.ws?.echo ? 'echo' : target.ws?.plain ? 'plain' : 'subscribe'
  return {do: 'open', client, via: 'ws', route}
}

/** Sends frames as one run of bytes, cut at these offsets. */
export function send(frames: readonly FrameSpec[], cuts: readonly number[] = []): Send {
  return {do: 'send', client: 'a', frames, ...(cuts.length > 0 && {cuts})}
}

/** What a hostile client sends; `open`: its last frame announces more than it holds, so that nothing may follow. */
export interface Offence {
  readonly frames: readonly FrameSpec[]
  readonly open?: true
}

/** Messages and pings that went well before; where nothing is echoed, pings only. */
export function preludes(target: Target): fc.Arbitrary<readonly FrameSpec[]> {
  const pings: FrameSpec[][] = [[], [ping('before')]]
  if (!echoes(target)) return fc.constantFrom(...pings)
  const part: FrameSpec = {opcode: 1, fin: false, payload: {text: 'be'}}
  const rest: FrameSpec = {opcode: 0, payload: {text: 'fore'}}
  return fc.constantFrom<FrameSpec[]>(...pings, [text('before')], [part, rest])
}

/**
 * A healthy watcher, a client whose legal traffic ends in a violation, and the watcher once more: it is
 * served as before. With probability 1/2 a fence proves that all was well until then.
 */
export function offends(target: Target, offences: fc.Arbitrary<Offence>): fc.Arbitrary<Script> {
  const behind = fc.constantFrom<FrameSpec[]>([], [], [text('behind')], [ping('behind')])
  const cut = fc.oneof({weight: 3, arbitrary: fc.constant(0)}, fc.integer({min: 1, max: 12}))
  return fc
    .tuple(preludes(target), fc.boolean(), offences, behind, cut)
    .map(([before, fenced, {frames, open}, after, at]) =>
      watched(target, [
        ...(before.length > 0 ? [send(before)] : []),
        ...(fenced ? [fence] : []),
        send([...frames, ...(open ? [] : after)], at > 0 ? [at] : []),
        awaitEnd,
      ]),
    )
}

/** What client `a` does, under the eyes of a client that does nothing wrong. */
export function watched(target: Target, steps: readonly Step[]): Script {
  const said: Step[] = echoes(target) ? [{...send([text('still here')]), client: 'w'}] : []
  return [opening(target, 'w'), opening(target), ...steps, ...said, {do: 'fence', client: 'w'}]
}

/** Up to four offsets within the bytes of some frames: in the headers, around a payload's first and last byte, or anywhere. */
export function cutsIn(frames: readonly FrameSpec[]): fc.Arbitrary<number[]> {
  let start = 0
  const places = frames.flatMap((frame) => {
    const end = start + wireBytes(frame)
    const near = [1, 2, 3, 4, 5, 6, 7, 8].map((offset) => start + offset)
    const found = [...near, end - 2, end - 1, end].filter((at) => at > 0 && at <= end)
    start = end
    return found
  })
  const anywhere = fc.integer({min: 1, max: Math.max(1, start - 1)})
  return fc
    .uniqueArray(fc.oneof(fc.constantFrom(...(places.length > 0 ? places : [1])), anywhere), {
      minLength: 1,
      maxLength: 4,
      size: 'max',
    })
    .map((cuts) => cuts.toSorted((a, b) => a - b))
}
