import fc from 'fast-check'
import type {Behaviour} from '../behaviour.ts'
import type {Script, Step} from '../script/script.ts'
import type {Target} from '../target.ts'
import {lineBreaks, texts} from './payloads.ts'
import {batch, mostMissed, publishes} from './publishing.ts'
import {together} from './together.ts'

const open: Step = {do: 'open', client: 'a', via: 'sse'}
const back: Step = {do: 'open', client: 'a', via: 'sse', cursor: 'last'}
const settle: Step = {do: 'settle'}
const leaves: Step = {do: 'leave', client: 'a', how: 'fin'}

/** Clients that open event streams and stay: alone or in numbers, for payloads of every kind. */
export const listens: Behaviour = {
  name: 'sse.listens',
  aims: ['start', 'payload', 'line-breaks', 'many', 'together'],
  script(target, aim) {
    switch (aim) {
      case 'start':
        return start(target)
      case 'payload':
        return payload(texts(target))
      case 'line-breaks':
        return payload(lineBreaks)
      case 'together':
        return together(target)
      default:
        return many(target)
    }
  },
}

/** A stream on an empty channel, on one with events, and one that goes on after an event. */
function start(target: Target): fc.Arbitrary<Script> {
  const accept = fc.constantFrom(
    undefined,
    'text/event-stream',
    'text/event-stream;q=0.9, application/json;q=0.1',
  )
  const over = fc.constantFrom('raw' as const, 'undici' as const, 'eventsource' as const)
  const count = target.publish ? fc.integer({min: 0, max: 3}) : fc.constant(0)
  return fc
    .tuple(publishes('p', count, false), accept, over, fc.boolean(), publishes('m', count, false))
    .map(([published, accept, over, again, missed]): Script => [
      {do: 'open', client: 'a', via: 'sse', ...(accept && {accept}), ...(over !== 'raw' && {over})},
      ...published,
      {do: 'settle', client: 'a'},
      ...(again ? [leaves, ...missed, back, settle] : []),
    ])
}

/** One payload as it is, between two plain neighbours that bear the marks. */
function payload(payloads: ReturnType<typeof texts>): fc.Arbitrary<Script> {
  return fc.array(payloads, {minLength: 1, maxLength: 4, size: 'max'}).map((all): Script => [
    open,
    ...all.map((payload, index): Step => ({
      do: 'publish',
      as: `p${index + 1}`,
      mark: 'around',
      payload,
    })),
    settle,
  ])
}

/** Several subscribers that come and go while several publishers publish. */
function many(target: Target): fc.Arbitrary<Script> {
  const most = Math.max(1, mostMissed(target, 40))
  return fc
    .tuple(
      fc.integer({min: 1, max: 5}),
      publishes('p', fc.integer({min: 1, max: most})),
      fc.integer({min: 0, max: 2}),
      publishes('q', fc.integer({min: 0, max: most})),
    )
    .map(([subscribers, first, late, second]): Script => {
      const opening = (index: number): Step => ({do: 'open', client: `c${index + 1}`, via: 'sse'})
      return [
        ...Array.from({length: subscribers}, (_, index) => opening(index)),
        ...first,
        ...Array.from({length: late}, (_, index) => opening(subscribers + index)),
        ...second,
        settle,
      ]
    })
}

/** A client that loses its stream and comes back with its last event id. */
export const comesBack: Behaviour = {
  name: 'sse.comes-back',
  aims: ['missed', 'cut', 'seam'],
  script(target, aim) {
    switch (aim) {
      case 'cut':
        return cut(target)
      case 'seam':
        return seam(target)
      default:
        return missed(target)
    }
  },
}

/** Leaves when all is quiet, misses some events, and comes back; once or several times. */
function missed(target: Target): fc.Arbitrary<Script> {
  const most = mostMissed(target, 12)
  const visit = (number: number): fc.Arbitrary<Step[]> =>
    fc
      .tuple(
        publishes(`p${number}-`, fc.integer({min: 1, max: Math.max(1, Math.min(4, most))}), false),
        fc.constantFrom('fin' as const, 'rst' as const, 'half' as const),
        publishes(`m${number}-`, fc.integer({min: 0, max: most}), false),
      )
      .map(([here, how, away]): Step[] => [
        ...here,
        {do: 'leave', client: 'a', how, when: 'settled'},
        ...away,
        back,
        settle,
      ])
  return fc
    .tuple(visit(1), fc.oneof(fc.constant([]), visit(2)))
    .map(([first, second]): Script => [open, ...first, ...second])
}

/** The stream is cut at a byte inside an event, and the client comes back. */
function cut(target: Target): fc.Arbitrary<Script> {
  const most = Math.max(1, mostMissed(target, 5))
  return fc
    .tuple(
      fc.integer({min: 1, max: most}),
      fc.integer({min: 1, max: most}),
      fc.integer({min: 1, max: 40}),
      fc.constantFrom('fin' as const, 'rst' as const, 'stall' as const),
      fc.constantFrom('a', 'é😀', 'a\nb'),
    )
    .map(([whole, behind, bytes, how, payload]): Script => [
      {do: 'open', client: 'a', via: 'sse', cut: {events: whole, bytes, of: 'body', how}},
      ...Array.from({length: whole + behind}, (_, index): Step => ({
        do: 'publish',
        as: `p${index + 1}`,
        payload: target.publish?.alphabet === 'text' ? payload : 'a',
      })),
      // A server may deliver what it acknowledged later: the cut is waited for, or that all has come.
      {do: 'settle', client: 'a'},
      back,
      settle,
    ])
}

/** Publishers go on while clients come back. */
function seam(target: Target): fc.Arbitrary<Script> {
  const most = Math.max(2, mostMissed(target, 24))
  const names = fc.integer({min: 1, max: 3}).map((count) => ['a', 'a2', 'a3'].slice(0, count))
  return fc
    .tuple(
      names,
      fc.constantFrom('fin' as const, 'rst' as const),
      fc.oneof(around(most), through(most)),
    )
    .map(([clients, how, back]): Script => [
      ...clients.map((client): Step => ({do: 'open', client, via: 'sse'})),
      {do: 'publish', as: 'p0'},
      settle,
      ...clients.map((client): Step => ({do: 'leave', client, how})),
      ...back(clients),
      settle,
    ])
}

type ComingBack = fc.Arbitrary<(clients: readonly string[]) => Step[]>

/** Instants behind the request of a client that comes back, in ms: a server joins history and live somewhere there. */
const grid = [0, 1, 2, 4, 8, 16]

/** Some events are missed, then each client comes back and events are published at instants behind its request. */
function around(most: number): ComingBack {
  const each = Math.max(1, Math.floor(most / 6))
  const offsets = fc.subarray(grid, {minLength: 1, maxLength: Math.min(each, grid.length)})
  return fc
    .tuple(publishes('m', fc.integer({min: 0, max: each}), false), offsets)
    .map(([missed, offsets]) => (clients) => [
      ...missed,
      ...clients.flatMap((client, index): Step[] => [
        {
          do: 'open',
          client,
          via: 'sse',
          cursor: 'last',
          as: `back${index}`,
          background: true,
        },
        ...offsets.map((ms, at): Step => ({
          do: 'publish',
          as: `p${index}-${at + 1}`,
          after: {sent: `back${index}`, ms},
        })),
      ]),
    ])
}

/** Publishers go on while the clients are away and while they come back. */
function through(most: number): ComingBack {
  return fc
    .tuple(
      fc.integer({min: 2, max: most}),
      fc.integer({min: 1, max: 3}),
      fc.integer({min: 0, max: 3}),
    )
    .map(([count, publishers, ms]) => (clients) => [
      ...batch('p', count, publishers, true),
      ...clients.map((client, index): Step => ({
        do: 'open',
        client,
        via: 'sse',
        cursor: 'last',
        after: {publishing: `p${Math.min(count, 1 + index)}`, ms},
      })),
    ])
}
