/** Scripts of subscribers that lose their connection and ask to go on. */
import fc from 'fast-check'
import type {CursorRef} from '../script/common.ts'
import type {Script, Step} from '../script/script.ts'
import type {OpenWs} from '../script/ws.ts'
import type {Target} from '../target.ts'
import {batch, few, mostMissed, publishes} from './publishing.ts'

function opening(client: string, more: Partial<OpenWs> = {}): Step {
  return {do: 'open', client, via: 'ws', route: 'subscribe', ...more}
}

const settle: Step = {do: 'settle'}

/** One after the other, named `<prefix>1` and so on. */
function events(prefix: string, count: number, channel?: string): Step[] {
  return Array.from({length: count}, (_, index): Step => ({
    do: 'publish',
    as: `${prefix}${index + 1}`,
    ...(channel !== undefined && {channel}),
  }))
}

/** Leaves when all is quiet, misses some events, and comes back; once or several times. */
export function missed(target: Target): fc.Arbitrary<Script> {
  const most = mostMissed(target, 12)
  const over = fc.constantFrom({}, {over: 'ws' as const})
  const visit = (number: number): fc.Arbitrary<Step[]> =>
    fc
      .tuple(
        publishes(`p${number}-`, few(1, Math.max(1, Math.min(4, most))), false),
        fc.constantFrom('close' as const, 'fin' as const, 'rst' as const, 'half' as const),
        publishes(`m${number}-`, few(0, most), false),
        over,
        fc.integer({min: 0, max: 1}),
      )
      .map(([here, how, away, over, live]): Step[] => [
        ...here,
        ...(how === 'close'
          ? [settle, {do: 'close' as const, client: 'a', code: 1000}]
          : [{do: 'leave' as const, client: 'a', how, when: 'settled' as const}]),
        ...away,
        opening('a', {cursor: 'last', ...over}),
        ...events(`l${number}-`, live),
        settle,
      ])
  return fc
    .tuple(over, visit(1), fc.oneof(fc.constant([]), visit(2)))
    .map(([over, first, second]): Script => [opening('a', over), ...first, ...second])
}

/** The connection is cut at a byte inside a frame, and the client comes back with the last whole event. */
export function cut(target: Target): fc.Arbitrary<Script> {
  const most = Math.max(1, mostMissed(target, 5))
  return fc
    .tuple(
      fc.integer({min: 1, max: most}),
      fc.integer({min: 1, max: most}),
      fc.integer({min: 1, max: 40}),
      fc.constantFrom('fin' as const, 'rst' as const, 'stall' as const),
      fc.constantFrom(1, 200, 70_000),
    )
    .map(([whole, behind, bytes, how, times]): Script => [
      opening('a', {cut: {events: whole, bytes, of: 'body', how}}),
      ...Array.from({length: whole + behind}, (_, index): Step => ({
        do: 'publish',
        as: `p${index + 1}`,
        ...(times > 1 &&
          times < (target.publish?.maxBytes ?? 0) && {payload: {repeat: 'a', times}}),
      })),
      opening('a', {cursor: 'last'}),
      settle,
    ])
}

/** Publishers go on while clients are away and while they come back. */
export function seam(target: Target): fc.Arbitrary<Script> {
  const most = Math.max(2, mostMissed(target, 24))
  return fc
    .tuple(
      fc.integer({min: 2, max: most}),
      fc.integer({min: 1, max: 3}),
      fc.integer({min: 0, max: 3}),
      fc.constantFrom('fin' as const, 'rst' as const),
      fc.integer({min: 1, max: 3}),
      fc.integer({min: 0, max: 2}),
    )
    .map(([count, publishers, ms, how, clients, behind]): Script => {
      const names = ['a', 'a2', 'a3'].slice(0, clients)
      return [
        ...names.map((client) => opening(client)),
        {do: 'publish', as: 'p0'},
        settle,
        ...names.map((client): Step => ({do: 'leave', client, how})),
        ...batch('p', count, publishers, true),
        ...names.map((client, index) =>
          opening(client, {
            cursor: 'last',
            after: {publishing: `p${Math.min(count, 1 + index)}`, ms},
          }),
        ),
        ...events('q', behind),
        settle,
      ]
    })
}

/** Malformed cursors of which a server can tell that they are none of its own; an empty one may mean none. */
const forgeries = [
  'trailing',
  'huge',
  'negative',
  'exponent',
  'fraction',
  'hex',
  'nul',
  'line-break',
  'unicode-digits',
  'json',
] as const

/** A client is given some events; then somebody asks to go on at an edge. */
export function edges(target: Target): fc.Arbitrary<Script> {
  const most = Math.max(1, mostMissed(target, 5))
  const window = target.claims.resume?.events ?? 0
  const turns = [
    ...(['first', 'last', 'twice', 'foreign'] as const),
    ...forgeries.map((forged) => ({forged})),
    ...(window <= 20 ? (['expired'] as const) : []),
  ]
  return fc
    .tuple(
      fc.integer({min: 1, max: most}),
      fc.constantFrom(...turns),
      fc.integer({min: 0, max: most}),
    )
    .map(([count, turn, away]): Script => {
      const given = [opening('a'), ...events('p', count), settle]
      const leave: Step = {do: 'leave', client: 'a', how: 'fin'}
      if (turn === 'expired')
        return [...given, leave, ...events('m', window + 1 + away), ...at('a', 'last'), settle]
      if (turn === 'foreign')
        return [...events('f', away + 1, 'other'), ...given, ...at('b', {of: 'f1'}), settle]
      if (typeof turn === 'object')
        return [...given, leave, ...events('m', away + 1), ...at('a', turn), settle]
      const named = {of: turn === 'last' ? `p${count}` : 'p1'}
      const others =
        turn === 'twice' ? [...at('b', named, true), ...at('c', named)] : at('b', named)
      return [...given, ...others, settle, ...events('m', away), settle]
    })
}

function at(client: string, cursor: CursorRef, background = false): Step[] {
  return [opening(client, {cursor, ...(background && {background: true as const})})]
}
