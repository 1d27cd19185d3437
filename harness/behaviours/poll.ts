import fc from 'fast-check'
import type {Behaviour} from '../behaviour.ts'
import type {Cut, Forgery} from '../script/common.ts'
import type {Script, Step} from '../script/script.ts'
import type {Target} from '../target.ts'
import {blocks, mostMissed, publishes} from './publishing.ts'
import {together} from './together.ts'

const forgeries: readonly Forgery[] = [
  'trailing',
  'negative',
  'exponent',
  'fraction',
  'hex',
  'spaces',
  'nul',
  'line-break',
  'ill-formed-utf8',
  'unicode-digits',
  'repeated',
  'json',
  'huge',
]

const open: Step = {do: 'open', client: 'a', via: 'poll'}
const first: Step = {do: 'poll', client: 'a'}
const settle: Step = {do: 'settle', client: 'a'}

/** A client that polls its way along a channel, now and then with a limit, a condition, a forged cursor or a cut connection. */
export const pollsAlong: Behaviour = {
  name: 'poll.along',
  aims: ['chain', 'garbage', 'idle', 'conditional', 'aborted', 'together'],
  script(target, aim) {
    switch (aim) {
      case 'garbage':
        return garbage(target)
      case 'idle':
        return idle(target)
      case 'conditional':
        return conditional(target)
      case 'aborted':
        return aborted(target)
      case 'together':
        return together(target)
      default:
        return chain(target)
    }
  },
}

function some(target: Target, prefix: string, least: number, most: number): fc.Arbitrary<Step[]> {
  const max = Math.max(least, mostMissed(target, most))
  return publishes(prefix, fc.integer({min: least, max}))
}

function polling(target: Target): fc.Arbitrary<Step> {
  const plain: Step = {do: 'poll', client: 'a'}
  const again: Step = {do: 'poll', client: 'a', cursor: 'same'}
  const limited = fc
    .integer({min: 1, max: 3})
    .map((limit): Step => ({do: 'poll', client: 'a', limit}))
  return fc.oneof(
    {weight: 3, arbitrary: fc.constant(plain)},
    {weight: 1, arbitrary: fc.constant(again)},
    ...(target.poll?.limit ? [{weight: 2, arbitrary: limited}] : []),
  )
}

function chain(target: Target): fc.Arbitrary<Script> {
  const most = Math.max(1, mostMissed(target, 8))
  return fc
    .tuple(
      fc.constantFrom('raw' as const, 'undici' as const),
      blocks(5, (number) =>
        fc
          .tuple(
            some(target, `p${number}-`, 1, most),
            fc.array(polling(target), {minLength: 1, maxLength: 3, size: 'max'}),
          )
          .map(([published, polls]) => [...published, ...polls]),
      ),
    )
    .map(([over, steps]): Script => [
      {do: 'open', client: 'a', via: 'poll', ...(over === 'undici' && {over})},
      first,
      ...steps,
      settle,
    ])
}

function garbage(target: Target): fc.Arbitrary<Script> {
  return fc
    .tuple(
      some(target, 'p', 1, 4),
      fc.uniqueArray(fc.constantFrom(...forgeries), {minLength: 1, maxLength: 3, size: 'max'}),
    )
    .map(([published, kinds]): Script => [
      open,
      first,
      ...published,
      {do: 'poll', client: 'a'},
      ...kinds.map((forged): Step => ({do: 'poll', client: 'a', cursor: {forged}})),
      settle,
    ])
}

function idle(target: Target): fc.Arbitrary<Script> {
  return fc
    .tuple(fc.integer({min: 1, max: 4}), some(target, 'p', 0, 3))
    .map(([polls, published]): Script => [
      open,
      ...Array.from({length: polls}, () => first),
      ...published,
      first,
      first,
    ])
}

/** Asks again at the same place or at the end, with the tag of the last answer, after nothing or something was published. */
function conditional(target: Target): fc.Arbitrary<Script> {
  const again: Step = {do: 'poll', client: 'a', cursor: 'same', conditional: true}
  return fc
    .tuple(
      some(target, 'p', 0, 2),
      fc.array(fc.integer({min: 0, max: 1}), {minLength: 1, maxLength: 4, size: 'max'}),
      fc.boolean(),
      fc.boolean(),
    )
    .map(([published, news, hurried, atEnd]): Script => [
      open,
      ...published,
      first,
      ...(atEnd ? published.map((): Step => ({do: 'poll', client: 'a'})) : []),
      ...news.flatMap((count, index): Step[] => [
        ...(count > 0
          ? [{do: 'publish' as const, as: `q${index}`, ...(hurried && {background: true as const})}]
          : []),
        again,
      ]),
      settle,
    ])
}

function aborted(target: Target): fc.Arbitrary<Script> {
  const cut = fc.record(
    {
      bytes: fc.integer({min: 0, max: 200}),
      of: fc.constantFrom('body' as const, 'response' as const),
      how: fc.constantFrom('fin' as const, 'rst' as const, 'half' as const, 'stall' as const),
    },
    {noNullPrototype: true},
  )
  return blocks(3, (number) =>
    fc
      .tuple(
        some(target, `p${number}-`, 1, 6),
        fc.array(cut, {minLength: 1, maxLength: 2, size: 'max'}),
      )
      .map(([published, cuts]): Step[] => [
        ...published,
        ...cuts.map((cut: Cut): Step => ({do: 'poll', client: 'a', cut})),
        {do: 'poll', client: 'a'},
      ]),
  ).map((steps): Script => [open, first, ...steps, settle])
}
