import fc from 'fast-check'
import type {Script, Step} from '../script/script.ts'
import type {FrameSpec} from '../script/ws.ts'
import type {Target} from '../target.ts'
import {ping, text} from './ws-payloads.ts'
import {awaitEnd, echoes, fence, opening, send, watched} from './ws-scene.ts'

const half: Step = {do: 'leave', client: 'a', how: 'half'}
const reset: Step = {do: 'leave', client: 'a', how: 'rst'}
const part: FrameSpec = {opcode: 1, fin: false, payload: {text: 'part'}}

/** What a client was doing when it left: nothing, just done, in the middle of a message, in the middle of a frame. */
function moments(target: Target): fc.Arbitrary<Step[]> {
  const cut: Step = {...send([text('never whole')]), omit: 5}
  const header: Step = {...send([text('never whole')]), omit: 16}
  return fc.constantFrom<Step[]>(
    [],
    [fence],
    [send([ping('p')])],
    ...(echoes(target) ? [[send([text('one'), text('two')])]] : []),
    [send([part])],
    [cut],
    [header],
  )
}

/** Ends its own direction without a Close, and waits for the server's end. */
export function halfCloses(target: Target): fc.Arbitrary<Script> {
  return moments(target).map((steps) => [opening(target), ...steps, half, awaitEnd])
}

/** Begins a frame and never finishes it: it half-closes at once or after a silence, or resets. */
export function truncates(target: Target): fc.Arbitrary<Script> {
  const frames = fc.constantFrom<FrameSpec[]>(
    [text('unfinished')],
    [text('whole'), text('unfinished')],
    [part, {opcode: 0, payload: {text: 'unfinished'}}],
    ...(target.ws?.textOnly ? [] : [[{opcode: 2, payload: {text: 'unfinished'}}]]),
    [{opcode: 9, payload: {text: 'unfinished'}}],
  )
  const silence: Step = {do: 'pause', of: 'quiet', times: 1}
  const ends = fc.constantFrom<Step[]>([half, awaitEnd], [silence, half, awaitEnd], [reset])
  return fc
    .tuple(frames, fc.oneof(fc.integer({min: 1, max: 6}), fc.integer({min: 1, max: 15})), ends)
    .map(([all, omit, steps]) => watched(target, [{...send(all), omit}, ...steps]))
}

/** Resets, alone or in numbers, at any moment; then the watcher and a newcomer are served. */
export function resets(target: Target): fc.Arbitrary<Script> {
  const closing: Step[] = [send([{opcode: 8}])]
  const busy: Step[] = [send(Array.from({length: 20}, (_, index) => text(`output ${index}`)))]
  const moment = fc.oneof(
    moments(target),
    fc.constantFrom(closing, ...(echoes(target) ? [busy] : [])),
  )
  return fc
    .tuple(moment, fc.oneof({weight: 4, arbitrary: fc.constant(1)}, fc.constantFrom(2, 10)))
    .map(([steps, clients]): Script => {
      const names = Array.from({length: clients}, (_, index) => (index === 0 ? 'a' : `a${index}`))
      const as = (client: string, step: Step): Step => ({...step, client}) as Step
      return [
        opening(target, 'w'),
        ...names.flatMap((client) => [
          opening(target, client),
          ...[...steps, reset].map((step) => as(client, step)),
        ]),
        {do: 'fence', client: 'w'},
        opening(target, 'n'),
        {do: 'fence', client: 'n'},
      ]
    })
}
