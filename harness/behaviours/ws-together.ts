import fc from 'fast-check'
import type {Script, Step} from '../script/script.ts'
import type {FrameSpec, OpenWs} from '../script/ws.ts'
import type {Target} from '../target.ts'
import {fragments} from './ws-legal.ts'
import {anyBytes, hexOf} from './ws-payloads.ts'
import {opening, send} from './ws-scene.ts'

const anyFrame: fc.Arbitrary<FrameSpec> = fc.record(
  {
    opcode: fc.integer({min: 0, max: 15}),
    fin: fc.boolean(),
    rsv: fc.oneof({weight: 2, arbitrary: fc.constant(0)}, fc.integer({min: 0, max: 7})),
    mask: fc.constantFrom('37fa213d', null, '00000000'),
    payload: anyBytes(30).map((hex) => ({hex})),
  },
  {noNullPrototype: true},
)

const anyLength: fc.Arbitrary<FrameSpec> = fc
  .tuple(anyFrame, fc.bigInt({min: 0n, max: 2n ** 64n - 1n}))
  .map(([frame, length]) => ({...frame, declared: String(length)}))

/** Where all of them meet: where most can be seen, or on one channel. */
function routes(target: Target): fc.Arbitrary<OpenWs['route']> {
  const {route} = opening(target)
  return target.ws?.subscribe ? fc.constantFrom(route, 'subscribe') : fc.constant(route)
}

/** Clients that send garbage, while one that was served before is served on, and a newcomer is let in. */
export function garbage(target: Target): fc.Arbitrary<Script> {
  const frames = fc.array(fc.oneof({weight: 4, arbitrary: anyFrame}, anyLength), {
    minLength: 1,
    maxLength: 4,
    size: 'max',
  })
  const leaving = fc.constantFrom<'fin' | 'rst' | undefined>(undefined, 'fin', 'rst')
  const one = fc.tuple(frames, leaving)
  const crowd = fc.oneof(
    {weight: 4, arbitrary: fc.array(one, {minLength: 1, maxLength: 1, size: 'max'})},
    {weight: 1, arbitrary: fc.array(one, {minLength: 2, maxLength: 8, size: 'max'})},
  )
  return fc.tuple(crowd, routes(target)).map(([clients, route]): Script => {
    const open = (client: string): Step => ({...opening(target, client), route})
    const watcher: Step[] = [
      ...(route === 'echo' ? [{...send([{opcode: 1, payload: {text: 'mine'}}]), client: 'w'}] : []),
      {do: 'fence', client: 'w'},
    ]
    const hostile = clients.flatMap(([bad, how], index): Step[] => {
      const client = index === 0 ? 'a' : `a${index}`
      return [
        open(client),
        {...send(bad), client},
        ...(how ? [{do: 'leave' as const, client, how}] : []),
      ]
    })
    const newcomer: Step[] = [open('n'), {do: 'fence', client: 'n'}]
    return [open('w'), ...watcher, ...hostile, ...watcher, ...newcomer]
  })
}

/** Several clients at once, each with messages that bear its name, in fragments and cut, so that their bytes interleave. */
export function crosstalk(target: Target): fc.Arbitrary<Script> {
  const turn = fc.tuple(
    fc.integer({min: 0, max: 12}),
    fc.constantFrom(true, false, false),
    fc.oneof(fc.constant<number[]>([]), fc.constantFrom([1, 7], [9], [3, 5, 11])),
  )
  const more = fc.tuple(
    fc.integer({min: 2, max: 5}),
    fc.array(turn, {minLength: 1, maxLength: 3, size: 'max'}),
  )
  const rarely = fc.constantFrom(false, false, false, true)
  const two = fc.tuple(fc.constant(2), fc.tuple(turn))
  return (
    fc
      .tuple(fc.oneof({weight: 2, arbitrary: two}, {weight: 1, arbitrary: more}), rarely, fc.nat())
      // The number tells this case from those that are played beside it.
      .map(([[count, turns], background, number]): Script => {
        const names = Array.from({length: count}, (_, index) => String.fromCodePoint(0x61 + index))
        const messages = turns.map((shape, round) =>
          names.map((client) => ({
            sends: tagged(client, `<${client} says ${number}.${round}>`, shape, background),
          })),
        )
        return [
          ...names.map((client) => opening(target, client)),
          ...messages.flatMap((all) => [
            ...all.flatMap(({sends}) => sends.slice(0, 1)),
            ...all.flatMap(({sends}) => sends.slice(1)),
          ]),
          ...names.map((client): Step => ({do: 'fence', client})),
        ]
      })
  )
}

/** A message of a client: its parts are sent one by one, so that those of others come between. */
function tagged(
  client: string,
  message: string,
  [border, whole, cuts]: readonly [number, boolean, readonly number[]],
  background: boolean,
): Step[] {
  const payload = hexOf(message)
  const parts = whole ? fragments(1, payload, []) : fragments(1, payload, [border])
  return parts.map((part) => ({
    ...send([part], cuts),
    client,
    ...(background && cuts.length > 0 && {background: true as const}),
  }))
}
