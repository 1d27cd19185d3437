import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import type {Claims, Delivery, Target} from '../../target.ts'
import type {Outcome, Trace} from '../../trace.ts'
import {deliveryOf} from './delivery.ts'

/** What happens, one after the other: publishes, and answers that hold some of them (whole, or cut). */
type Happening =
  | {readonly outcome: Outcome}
  | {readonly events: readonly number[]; readonly ending: 'complete' | 'cut'}

const published = fc.record({
  outcome: fc.constantFrom<Outcome>('acked', 'acked', 'acked', 'unknown', 'refused'),
})
const answered = fc.record({
  events: fc.array(fc.nat(30), {maxLength: 4}),
  ending: fc.constantFrom('complete' as const, 'complete' as const, 'cut' as const),
})

/** Answers tell mostly what was published by then, and mostly all of it in the end: else few stories were legal. */
const stories = fc
  .tuple(fc.array<Happening>(fc.oneof(published, answered), {maxLength: 9}), fc.nat(5))
  .map(([happenings, whole]) => {
    const [story, acked]: [Happening[], number[]] = [[], []]
    let count = 0
    for (const one of happenings) {
      if ('outcome' in one) {
        if (one.outcome === 'acked') acked.push(count)
        count += 1
        story.push(one)
        continue
      }
      const known = one.events.flatMap((number) => {
        if (number === 30) return [count]
        return count > 0 ? [number % count] : []
      })
      story.push({...one, events: known})
    }
    const told = new Set(
      story.flatMap((one) => ('events' in one && one.ending === 'complete' ? one.events : [])),
    )
    const missing = acked.filter((number) => !told.has(number))
    return whole > 0 ? [...story, {events: missing, ending: 'complete' as const}] : story
  })

const markOf = (number: number): string => `~n.p${number}~`

function targetOf(ordering: Claims['ordering'], delivery: Delivery): Target {
  const claims = {ordering, delivery: {poll: delivery}, resume: {events: 1000, ms: Infinity}}
  return {poll: {cursor: {}}, claims, limits: {deliverMs: 1000}} as unknown as Target
}

/** The trace of one reader that follows its cursor, until an empty answer says that this is all. */
function traceOf(story: readonly Happening[]): Trace {
  const facts: object[] = []
  let [at, count, cursor] = [0, 0, undefined as string | undefined]
  const tell = (fact: object): void => void facts.push({...fact, at: (at += 1), step: 0})
  for (const one of [...story, {events: [], ending: 'complete' as const}]) {
    if ('outcome' in one) {
      const common = {as: `p${count}`, mark: markOf(count)}
      tell({kind: 'publishing', ...common, by: 'w', channel: 'c', payload: common.mark})
      tell({kind: 'published', ...common, outcome: one.outcome})
      count += 1
      continue
    }
    const common = {client: 'a', conn: `a.${at}`, request: `r${at}`}
    const asked = cursor === undefined ? {} : {cursor}
    tell({kind: 'request', ...common, name: common.request, via: 'poll', channel: 'c', ...asked})
    for (const number of one.events)
      tell({kind: 'event', ...common, via: 'poll', channel: 'c', mark: markOf(number)})
    const kind = one.events.length > 0 ? 'events' : 'empty'
    const given = {ending: one.ending, class: kind, count: one.events.length}
    if (one.ending === 'complete') cursor = `c${at}`
    tell({kind: 'answer', ...common, ...given, cursor})
  }
  tell({kind: 'settled', client: 'a', waitedMs: 50})
  at += 100
  tell({kind: 'ended', steps: story.length})
  return facts as Trace
}

/** The rules as they are said (oracles: poll S1 to S7), by brute force: no position, no base, every pair compared. */
function isLegal(story: readonly Happening[], mayRepeat: boolean, ordered: boolean): boolean {
  const said = story.flatMap((one, at) => ('outcome' in one ? [{outcome: one.outcome, at}] : []))
  const answers = story.flatMap((one, at) => {
    return 'events' in one && one.ending === 'complete' ? [{events: one.events, at}] : []
  })
  const given = answers.flatMap(({events, at}) => events.map((number) => ({number, at})))
  const invented = given.some(({number, at}) => {
    const one = said[number]
    return !one || one.outcome === 'refused' || one.at > at
  })
  const numbers = given.map(({number}) => number)
  const lost = said.some(({outcome}, number) => outcome === 'acked' && !numbers.includes(number))
  const inOne = answers.some(({events}) => new Set(events).size < events.length)
  const repeated = mayRepeat ? inOne : new Set(numbers).size < numbers.length
  const swapped = numbers.some((early, index) =>
    numbers.slice(index + 1).some((late) => said[late]?.outcome === 'acked' && late < early),
  )
  return !invented && !lost && !repeated && !(ordered && swapped)
}

const isSilent = (story: readonly Happening[], target: Target): boolean =>
  deliveryOf(traceOf(story), target).problems.length === 0

test('one story in five at least is legal, and one in five is not', () => {
  const legal = fc
    .sample(stories, {numRuns: 1000, seed: 1})
    .filter((story) => isLegal(story, false, true)).length
  expect(legal).toBeGreaterThan(200)
  expect(legal).toBeLessThan(800)
})

test.each([
  ['total', 'exactly-once'],
  ['none', 'exactly-once'],
  ['none', 'at-least-once'],
] as const)('a chain of polls is judged as the rules say: %s, %s', (ordering, delivery) => {
  const mayRepeat = delivery === 'at-least-once'
  fc.assert(
    fc.property(stories, (story) => {
      const legal = isLegal(story, mayRepeat, ordering === 'total')
      expect(isSilent(story, targetOf(ordering, delivery))).toBe(legal)
    }),
    {numRuns: 3000},
  )
})

/** A server that keeps its log in order, whatever was cut and however many events an answer may have. */
const correct = fc
  .array(fc.oneof(published, fc.record({most: fc.nat(3), cut: fc.boolean()})), {maxLength: 12})
  .map((steps) => {
    const [log, story]: [number[], Happening[]] = [[], []]
    let [count, place] = [0, 0]
    for (const step of steps) {
      if ('outcome' in step) {
        if (step.outcome !== 'refused') log.push(count)
        count += 1
        story.push(step)
        continue
      }
      const events = log.slice(place, place + step.most)
      story.push({events, ending: step.cut ? 'cut' : 'complete'})
      if (!step.cut) place += events.length
    }
    return [...story, {events: log.slice(place), ending: 'complete' as const}]
  })

test('a log that is kept in order is never accused, whatever was claimed of it', () => {
  const orderings = fc.constantFrom<Claims['ordering']>('total', 'per-publisher', 'none')
  const deliveries = fc.constantFrom<Delivery>('exactly-once', 'at-least-once', 'at-most-once')
  fc.assert(
    fc.property(correct, orderings, deliveries, (story, ordering, delivery) => {
      expect(isSilent(story, targetOf(ordering, delivery))).toBe(true)
    }),
    {numRuns: 1000},
  )
})

test('what a prefix is accused of, the whole is accused of', () => {
  fc.assert(
    fc.property(stories, fc.nat(60), (story, length) => {
      const trace = traceOf(story)
      const target = targetOf('total', 'exactly-once')
      const onPrefix = deliveryOf(trace.slice(0, length), target).problems.map(({kind}) => kind)
      const onAll = deliveryOf(trace, target).problems.map(({kind}) => kind)
      for (const kind of onPrefix) expect(onAll).toContain(kind)
    }),
    {numRuns: 2000},
  )
})

test('a claim of at most once is no promise that anything comes', () => {
  const story = [{outcome: 'acked' as const}, {outcome: 'acked' as const}]
  expect(isSilent(story, targetOf('total', 'at-most-once'))).toBe(true)
  expect(isSilent(story, targetOf('total', 'exactly-once'))).toBe(false)
})

test('an overlap may reach back behind what a live reader was ever to be given', () => {
  const stream = (number: number, at: number, from: string, cursor?: string): object[] => {
    const mine = {client: 'a', conn: `a.${number}`, request: `r${number}`, via: 'sse', channel: 'c'}
    const where = {from, ...(cursor !== undefined && {cursor})}
    return [
      {kind: 'request', ...mine, name: mine.request, ...where, at},
      {kind: 'opened', ...mine, ...where, at: at + 1},
    ]
  }
  const publish = (number: number, at: number): object[] => {
    const common = {as: `p${number}`, mark: markOf(number), by: 'w', channel: 'c'}
    return [
      {kind: 'publishing', ...common, at},
      {kind: 'published', ...common, outcome: 'acked', at: at + 1},
    ]
  }
  const event = (conn: string, number: number, at: number): object => {
    const mine = {client: 'a', conn, via: 'sse', channel: 'c', id: `${number}`}
    return {kind: 'event', ...mine, mark: markOf(number), data: '', at}
  }
  const trace = [
    ...publish(0, 1),
    ...stream(1, 3, 'live'),
    ...publish(1, 5),
    event('a.1', 1, 7),
    {kind: 'closed', client: 'a', conn: 'a.1', by: 'client', at: 8},
    ...publish(2, 9),
    ...stream(2, 11, 'last', '1'),
    ...[0, 1, 2].map((number) => event('a.2', number, 13 + number)),
    {kind: 'ended', steps: 9, at: 100},
  ].map((fact) => ({...fact, step: 0})) as unknown as Trace
  const kinds = (delivery: Delivery): string[] => {
    const claims = {ordering: 'total', delivery: {sse: delivery}, resume: {events: 9, ms: Infinity}}
    const target = {sse: {initial: 'live'}, claims, limits: {deliverMs: 9}} as unknown as Target
    return deliveryOf(trace, target).problems.map(({kind}) => kind)
  }
  expect(kinds('at-least-once')).toEqual([])
  expect(kinds('exactly-once')).toContain('repeated')
})

test('what lies behind the claimed window is not owed to a position from which nothing came', () => {
  const facts: object[] = []
  const tell = (fact: object): void =>
    void facts.push({...fact, client: 'a', channel: 'c', at: facts.length + 1, step: 0})
  const poll = (name: string, numbers: readonly number[], cursor?: string): void => {
    const mine = {conn: `a.${name}`, request: name, via: 'poll'}
    tell({kind: 'request', ...mine, name, ...(cursor !== undefined && {cursor})})
    for (const number of numbers) tell({kind: 'event', ...mine, mark: markOf(number)})
    const shown = numbers.length > 0 ? 'events' : 'empty'
    tell({
      kind: 'answer',
      ...mine,
      ending: 'complete',
      class: shown,
      count: numbers.length,
      cursor: `${name}c`,
    })
  }
  poll('r1', [])
  for (let number = 0; number < 6; number += 1) {
    const common = {as: `p${number}`, mark: markOf(number), by: 'w'}
    tell({kind: 'publishing', ...common})
    tell({kind: 'published', ...common, outcome: 'acked'})
  }
  poll('r2', [1, 2, 3, 4, 5], 'r1c')
  poll('r3', [], 'r2c')
  tell({kind: 'settled', waitedMs: 50})
  facts.push({kind: 'ended', steps: 1, at: 200, step: 0})
  const kinds = (events: number): string[] => {
    const claims = {ordering: 'total', delivery: {}, resume: {events, ms: Infinity}}
    const target = {poll: {cursor: {start: 'now'}}, claims, limits: {deliverMs: 9}}
    return deliveryOf(facts as Trace, target as unknown as Target).problems.map(({kind}) => kind)
  }
  expect(kinds(5)).toEqual([])
  expect(kinds(9)).toEqual(['lost'])
})
