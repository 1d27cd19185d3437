/** Scripts of subscribers that stay connected, and of what happens around them. */
import fc from 'fast-check'
import type {Script, Step} from '../script/script.ts'
import type {Target} from '../target.ts'
import {mostMissed} from './publishing.ts'

function subscribe(client: string, more: {as?: string; channel?: string} = {}): Step {
  return {do: 'open', client, via: 'ws', route: 'subscribe', ...more}
}

const settle: Step = {do: 'settle'}

/** Tiny and large events in turns, by one publisher or (the hurried choice) by several at once. */
export function ordered(target: Target): fc.Arbitrary<Script> {
  const most = Math.max(2, mostMissed(target, 16))
  const greatest = Math.max(1, (target.publish?.maxBytes ?? 1) - 128)
  const large = fc.constantFrom(4096, 20_000, 65_536).map((bytes) => Math.min(bytes, greatest))
  return fc
    .tuple(
      fc.integer({min: 1, max: 3}),
      fc.integer({min: 2, max: most}),
      fc.constantFrom(1, 2, 3),
      fc.array(large, {minLength: 1, maxLength: 4, size: 'max'}),
      fc.constantFrom(0, 1),
    )
    .map(([subscribers, count, publishers, large, first]): Script => [
      ...Array.from({length: subscribers}, (_, index) => subscribe(`c${index + 1}`)),
      ...Array.from({length: count}, (_, index): Step => {
        const times = large[index % large.length] ?? 1
        return {
          do: 'publish',
          as: `p${index + 1}`,
          ...(publishers > 1 && {by: `w${index % publishers}`, background: true as const}),
          ...(index % 2 === first && {payload: {repeat: 'a', times}}),
        }
      }),
      settle,
    ])
}

/** Rounds of a newcomer, and of events around the instant at which it is let in. */
export function confirmed(target: Target): fc.Arbitrary<Script> {
  const most = Math.max(1, Math.floor(mostMissed(target, 12) / 3))
  const offset = fc.constantFrom(0, 0, 1, 2, 4, 8, 14, 20)
  const round = fc.record(
    {
      behind: fc.array(offset, {minLength: 1, maxLength: 2, size: 'max'}),
      before: fc.array(offset, {maxLength: 1, size: 'max'}),
    },
    {noNullPrototype: true},
  )
  return fc
    .array(round, {minLength: 1, maxLength: Math.min(3, most), size: 'max'})
    .map((rounds): Script => [
      ...rounds.flatMap(({behind, before}, index): Step[] => {
        const [client, as] = [`c${index + 1}`, `o${index + 1}`]
        return [
          {do: 'open', client, via: 'ws', route: 'subscribe', as, background: true},
          ...before.map((ms, at): Step => ({
            do: 'publish',
            as: `b${index + 1}-${at + 1}`,
            by: 'early',
            after: {sent: as, ms},
            background: true,
          })),
          ...behind.map((ms, at): Step => ({
            do: 'publish',
            as: `p${index + 1}-${at + 1}`,
            after: {opened: as, ms},
          })),
        ]
      }),
      settle,
    ])
}

/**
 * Pairs of names that a server may take for one another. Names that a subscriber asks for hold no
 * wildcard of MQTT or NATS: asking for one may be a feature.
 */
const lookAlikes: readonly (readonly [read: string, other: string])[] = [
  ['main', 'other'],
  ['main', 'main2'],
  ['main', 'mai'],
  ['main', 'Main'],
  ['a_c', 'abc'],
  ['a.c', 'abc'],
  ['a', 'a.b'],
  ['main', '*'],
  ['main', 'ma%'],
  ['\u{E9}', 'e\u{301}'],
  ['\u{FB01}', 'fi'],
  ['main', 'main '],
]

/** Readers of two channels with look-alike names, before and behind the first event of each. */
export function channels(target: Target): fc.Arbitrary<Script> {
  const most = Math.max(1, mostMissed(target, 4))
  return fc
    .tuple(
      fc.constantFrom(...lookAlikes),
      fc.boolean(),
      fc.integer({min: 1, max: most}),
      fc.integer({min: 0, max: most}),
    )
    .map(([[read, other], both, first, second]): Script => {
      const events = (prefix: string, count: number): Step[] =>
        Array.from({length: count}, (_, index): Step => ({
          do: 'publish',
          as: `${prefix}${index + 1}`,
          channel: index % 2 === 0 ? other : read,
        }))
      return [
        ...events('p', first),
        subscribe('a', {channel: read}),
        // A name of the second kind is only ever published to, unless it is as plain as the first.
        ...(both && /^[a-z0-9.]+$/i.test(other) ? [subscribe('b', {channel: other})] : []),
        ...events('q', second + 1),
        settle,
        {do: 'publish', as: 'last', channel: other},
        settle,
      ]
    })
}

/** More than a kernel keeps for a reader that does not read (Linux: 3.7 MB, of a send buffer of 4 MiB and a receive window). */
const pipeBytes = 4_100_000
const mostEvents = 96

/** One of two subscribers reads no more while more is published than buffers of a system hold. */
export function stalled(target: Target): fc.Arbitrary<Script> {
  const greatest = (target.publish?.maxBytes ?? 1) - 128
  const bytes = Math.max(1, Math.min(2_097_152, greatest))
  const count = Math.min(mostEvents, Math.ceil(pipeBytes / bytes))
  return fc
    .tuple(fc.integer({min: 0, max: 2}), fc.constantFrom(undefined, 'rst' as const, 'fin' as const))
    .map(([more, then]): Script => [
      subscribe('slow'),
      subscribe('a'),
      {do: 'leave', client: 'slow', how: 'stall'},
      ...Array.from({length: count}, (_, index): Step => ({
        do: 'publish',
        as: `p${index + 1}`,
        payload: {repeat: 'a', times: bytes},
      })),
      ...Array.from({length: more}, (_, index): Step => ({do: 'publish', as: `q${index + 1}`})),
      settle,
      ...(then
        ? [
            {do: 'leave' as const, client: 'slow', how: then},
            {do: 'publish' as const, as: 'last'},
            settle,
          ]
        : []),
    ])
}
