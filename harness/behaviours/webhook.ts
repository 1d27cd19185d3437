import fc from 'fast-check'
import type {Behaviour} from '../behaviour.ts'
import type {Script, Step} from '../script/script.ts'
import type {Answer} from '../script/webhook.ts'
import {statusIn, type Target} from '../target.ts'
import {texts} from './payloads.ts'

/** What a receiver does with one attempt, without saying which. */
type Doing = Omit<Answer, 'do' | 'client' | 'event' | 'attempt'>

const open: Step = {do: 'open', client: 'x', via: 'webhook'}
const settle: Step = {do: 'settle'}

/** A receiver that fails attempts in every way, acknowledges others, and watches what comes. */
export const receives: Behaviour = {
  name: 'webhook.receives',
  aims: ['acked', 'exhausted', 'payload', 'redirected', 'restarted'],
  destructive: ['restarted'],
  script(target, aim) {
    switch (aim) {
      case 'exhausted':
        return exhausted(target)
      case 'payload':
        return payload(target)
      case 'redirected':
        return redirected
      case 'restarted':
        return restarted(target)
      default:
        return acked(target)
    }
  },
}

/** Ways to fail an attempt, the quick and plain ones first. */
function failing(target: Target): fc.Arbitrary<Doing> {
  const webhook = target.webhook
  const statuses = [500, 503, 404, 400, 502, 302, 418].filter(
    (status) =>
      webhook &&
      !statusIn(webhook.ack.statuses, status) &&
      !statusIn(webhook.retry?.permanent ?? [], status) &&
      !(status === 302 && webhook.redirect === 'follow'),
  )
  const plain = fc.constantFrom(...statuses).map((status): Doing => ({status}))
  const broken = fc.constantFrom<Doing>(
    {reply: 'none', then: 'rst'},
    {reply: 'none', then: 'fin'},
    {reply: {cutAt: 9}, then: 'fin'},
    {read: 'head', reply: 'none', then: 'rst'},
  )
  const slow: Doing = {reply: 'none'}
  return fc.oneof(
    {weight: 6, arbitrary: plain},
    {weight: 3, arbitrary: broken},
    ...(webhook?.ack.timeoutMs === undefined ? [] : [{weight: 1, arbitrary: fc.constant(slow)}]),
  )
}

/** How many attempts may fail so that one more is still made. */
function failable(target: Target): number {
  const retry = target.webhook?.retry
  if (!retry) return 0
  return Math.min(3, retry.maxAttempts === 'inf' ? retry.delaysMs.length : retry.maxAttempts - 1)
}

function answers(event: string, failures: readonly Doing[]): Step[] {
  return failures.map((doing, index) => ({
    do: 'answer',
    client: 'x',
    event,
    attempt: index + 1,
    ...doing,
  }))
}

/** A few events; each fails some times and is then acknowledged, at once or just in time. */
function acked(target: Target): fc.Arbitrary<Script> {
  const failures = fc.array(failing(target), {maxLength: failable(target), size: 'max'})
  const delay = target.webhook?.ack.timeoutMs === undefined ? [0] : [0, 0, 0.5]
  const declared = target.webhook?.ack.statuses ?? []
  const others = [200, 201, 202, 206, 299].filter((status) => statusIn(declared, status))
  const acks = fc.tuple(fc.constantFrom(204, ...others), fc.constantFrom(...delay))
  return fc
    .array(fc.tuple(failures, acks), {minLength: 1, maxLength: 3, size: 'max'})
    .map((events): Script => [
      open,
      ...events.flatMap(([failures, [status, delay]], index): Step[] => [
        ...answers(`p${index + 1}`, failures),
        {
          do: 'answer',
          client: 'x',
          event: `p${index + 1}`,
          ...(status !== 204 && {status}),
          ...(status === 200 && {body: 'ok'}),
          ...(delay > 0 && {delay}),
        },
      ]),
      ...events.map((_, index): Step => ({do: 'publish', as: `p${index + 1}`})),
      settle,
    ])
}

/** One event that never succeeds. */
function exhausted(target: Target): fc.Arbitrary<Script> {
  return fc
    .tuple(failing(target), fc.array(failing(target), {maxLength: 3, size: 'max'}))
    .map(([always, first]): Script => [
      open,
      ...answers('p1', first),
      {do: 'answer', client: 'x', event: 'p1', ...always},
      {do: 'publish', as: 'p1'},
      settle,
    ])
}

/** Payloads that serialisers change, acknowledged at the first or second attempt. */
function payload(target: Target): fc.Arbitrary<Script> {
  const first = fc.array(failing(target), {maxLength: Math.min(1, failable(target)), size: 'max'})
  return fc
    .array(fc.tuple(texts(target), first), {minLength: 1, maxLength: 3, size: 'max'})
    .map((events): Script => [
      open,
      ...events.flatMap(([, failures], index) => answers(`p${index + 1}`, failures)),
      ...events.map(([payload], index): Step => ({do: 'publish', as: `p${index + 1}`, payload})),
      settle,
    ])
}

/** Answers that point elsewhere: to the endpoint itself, another path, or where nobody else goes. */
const redirected: fc.Arbitrary<Script> = fc
  .array(
    fc.tuple(
      fc.constantFrom(302, 301, 303, 307, 308, 300),
      fc.constantFrom('canary' as const, 'path' as const, 'self' as const),
    ),
    {minLength: 1, maxLength: 2, size: 'max'},
  )
  .map((redirects): Script => [
    open,
    ...answers(
      'p1',
      redirects.map(([status, location]) => ({status, location})),
    ),
    {do: 'publish', as: 'p1'},
    settle,
  ])

/** The sender is killed while the first or second retry waits, and started again. */
function restarted(target: Target): fc.Arbitrary<Script> {
  const most = Math.max(1, failable(target))
  const [first = 0, second = 0] = target.webhook?.retry?.delaysMs ?? []
  const untilSecond = first > 0 ? 1 + (0.6 * second) / first : 0.6
  return fc
    .tuple(
      fc.integer({min: 1, max: most}),
      fc.integer({min: 1, max: 3}),
      fc.constantFrom(0, 1, 3),
      fc.constantFrom(500, 503),
      fc.constantFrom(0.6, untilSecond),
    )
    .map(([failures, events, downTimes, status, times]): Script => [
      open,
      ...Array.from({length: events}, (_, index) =>
        answers(
          `p${index + 1}`,
          Array.from({length: failures}, (): Doing => ({status})),
        ),
      ).flat(),
      ...Array.from({length: events}, (_, index): Step => ({do: 'publish', as: `p${index + 1}`})),
      {do: 'pause', of: 'retry', times: failures > 1 ? times : 0.6},
      {do: 'restart', signal: 'SIGKILL', ...(downTimes > 0 && {downTimes})},
      settle,
    ])
}
