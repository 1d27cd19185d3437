import fc from 'fast-check'
import type {Behaviour} from '../behaviour.ts'
import type {Script, Step} from '../script/script.ts'
import type {Target} from '../target.ts'
import {blocks, mostMissed, publishes} from './publishing.ts'
import {together} from './together.ts'

const open: Step = {do: 'open', client: 'a', via: 'longpoll'}
/** Takes the first position without being held where the target lets a client wish for that. */
const first: Step = {do: 'poll', client: 'a', wait: 0}
const settle: Step = {do: 'settle', client: 'a'}

/** Clients that poll and are held: to the end, until they are woken, at the very instant of a publish, or until they go away. */
export const isHeld: Behaviour = {
  name: 'longpoll.held',
  aims: ['chain', 'hold', 'wake', 'race', 'abort', 'together'],
  script(target, aim) {
    switch (aim) {
      case 'hold':
        return hold(target)
      case 'wake':
        return wake(target)
      case 'race':
        return race
      case 'abort':
        return abort(target)
      case 'together':
        return together(target)
      default:
        return chain(target)
    }
  },
}

/** Polls that are answered at once, held to the end, woken, and asked again, in any order. */
function chain(target: Target): fc.Arbitrary<Script> {
  const most = Math.max(1, mostMissed(target, 4))
  const polls: readonly Step[] = [
    {do: 'poll', client: 'a', wait: 0},
    {do: 'poll', client: 'a', wait: 0.3},
    {do: 'poll', client: 'a', cursor: 'same', wait: 0.3},
  ]
  return blocks(4, (number) =>
    fc.oneof(
      fc
        .tuple(publishes(`p${number}-`, fc.integer({min: 1, max: most})), fc.constantFrom(...polls))
        .map(([published, poll]) => [...published, poll]),
      fc
        .tuple(fc.integer({min: 1, max: most}), fc.integer({min: 0, max: 30}))
        .map(([count, ms]) => [
          {do: 'poll' as const, client: 'a', as: `q${number}`, wait: 1, background: true as const},
          ...Array.from({length: count}, (_, index): Step => ({
            do: 'publish',
            as: `p${number}-${index + 1}`,
            ...(index === 0 && {after: {sent: `q${number}`, ms}}),
          })),
        ]),
    ),
  ).map((steps): Script => [open, first, ...steps, settle])
}

/** Nothing new on the channel; sometimes there is on another one. */
function hold(target: Target): fc.Arbitrary<Script> {
  const waits = target.longpoll?.wait.send ? [1, 0.5, 0.25, undefined] : [undefined]
  return fc
    .array(fc.tuple(fc.constantFrom(...waits), fc.integer({min: 0, max: 3})), {
      minLength: 1,
      maxLength: 2,
      size: 'max',
    })
    .map((holds): Script => [
      open,
      first,
      ...holds.flatMap(([wait, noise], index): Step[] => [
        {
          do: 'poll',
          client: 'a',
          as: `q${index}`,
          ...(wait !== undefined && {wait}),
          background: true,
        },
        ...Array.from({length: noise}, (_, number): Step => ({
          do: 'publish',
          as: `n${index}-${number}`,
          channel: 'other',
          after: {sent: `q${index}`, ms: 20 * (number + 1)},
        })),
      ]),
    ])
}

/** An event in the middle of the hold of one to four waiters. */
function wake(target: Target): fc.Arbitrary<Script> {
  const holdMs = target.longpoll?.wait.maxMs ?? 0
  const latest = Math.max(30, Math.floor(holdMs * 0.5))
  return fc
    .tuple(
      fc.integer({min: 1, max: 4}),
      fc.integer({min: 30, max: Math.min(latest, 400)}),
      fc.constantFrom(0, 200, 20_000),
    )
    .map(([waiters, ms, times]): Script => {
      const clients = Array.from({length: waiters}, (_, index) => `c${index + 1}`)
      return [
        ...clients.flatMap((client): Step[] => [
          {do: 'open', client, via: 'longpoll'},
          {do: 'poll', client, wait: 0},
        ]),
        ...clients.map((client): Step => ({
          do: 'poll',
          client,
          as: `q-${client}`,
          wait: 1,
          background: true,
        })),
        {
          do: 'publish',
          as: 'p1',
          ...(times > 0 && {payload: {repeat: 'a', times}}),
          after: {sent: `q-${clients.at(-1)}`, ms},
        },
      ]
    })
}

/** Offsets in ms of a publish from the arrival of a poll: a fixed grid, dense around the instant itself. */
const grid = [5, 3, 2, 1, 0, 0, -1, -2, -3, -5]

/** Many rounds in each of which a publish and the last byte of a poll's request race. */
const race: fc.Arbitrary<Script> = fc
  .array(fc.constantFrom(...grid), {minLength: 6, maxLength: 12, size: 'max'})
  .map((offsets): Script => [
    open,
    first,
    ...offsets.flatMap((offset, index): Step[] => {
      const [poll, event] = [`q${index}`, `p${index}`]
      const held: Step = {
        do: 'poll',
        client: 'a',
        as: poll,
        wait: 1,
        holdBack: true,
        background: true,
      }
      return offset >= 0
        ? [
            held,
            {do: 'release', client: 'a'},
            {do: 'publish', as: event, after: {sent: poll, ms: offset}},
          ]
        : [
            held,
            {do: 'publish', as: event, background: true},
            {do: 'release', client: 'a', after: {publishing: event, ms: -offset}},
          ]
    }),
    settle,
  ])

/** The client goes away while it is held, before, at or after a publish, and then asks again. */
function abort(target: Target): fc.Arbitrary<Script> {
  const how = fc.constantFrom('rst' as const, 'fin' as const, 'stall' as const)
  const most = Math.max(1, mostMissed(target, 3))
  return blocks(3, (number) =>
    fc
      .tuple(how, fc.constantFrom(20, 3, 1, 0, -1, -3), fc.integer({min: 1, max: most}))
      .map(([how, offset, count]): Step[] => {
        const [poll, event] = [`q${number}`, `p${number}-`]
        const more = Array.from({length: count - 1}, (_, index): Step => ({
          do: 'publish',
          as: `${event}${index + 2}`,
        }))
        const waits: Step = {do: 'poll', client: 'a', as: poll, wait: 1, background: true}
        const once: Step = {
          do: 'publish',
          as: `${event}1`,
          background: true,
          after: {sent: poll, ms: 20},
        }
        const leave: Step =
          offset >= 0
            ? {do: 'leave', client: 'a', how, after: {sent: poll, ms: 20 - offset}}
            : {do: 'leave', client: 'a', how, after: {publishing: `${event}1`, ms: -offset}}
        return [waits, once, leave, ...more, {do: 'poll', client: 'a', wait: 0.3}]
      }),
  ).map((steps): Script => [open, first, ...steps, settle])
}
