/**
 * The webhook attempts model: which attempts of one event at one endpoint the declarations allow
 * and owe. It follows every interpretation of what the sender may know (a state set); a problem is
 * reported only when no interpretation is left, so that every doubt counts for the sender.
 *
 * Lower bounds, counts and attempts after the end are final at once. A missing attempt is reported
 * only when `watchedUntil` lies past its upper bound and absentMs.
 */
import {classify} from './attempts-classify.ts'
import {violation} from './attempts-problems.ts'
import {labelAttempt, labelCrash, labelQuiet} from './attempts-labels.ts'
import {
  afterCrash,
  afterOutcome,
  deadline,
  initialState,
  interrupted,
  unseenUntil,
  type Context,
  type Death,
  type State,
} from './attempts-states.ts'
import type {
  Attempt,
  AttemptJudgement,
  AttemptProblem,
  Classified,
  Declared,
  Delivery,
} from './attempts-words.ts'

export {nextAfter, quietAfterMs} from './attempts-schedule.ts'
export * from './attempts-words.ts'

/** Judges all attempts of one event at one endpoint. */
export function judgeAttempts(declared: Declared, delivery: Delivery): AttemptJudgement {
  const context = {declared, delivery}
  const run: Run = {
    context,
    states: [initialState(context)],
    judged: [],
    problems: [],
    exercised: new Set(),
  }
  for (const event of timeline(delivery)) {
    if ('death' in event) crash(run, event.death)
    else if ('attempt' in event) attempted(run, event.attempt)
    // What was missing before a crash is not forgiven by it.
    else reportMissing(run, unseenUntil(context, run.states, event.at), event.at)
  }
  return finish(run)
}

interface Run {
  context: Context
  states: State[]
  judged: (Classified & {number: number | null})[]
  problems: AttemptProblem[]
  exercised: Set<string>
  lastDeath?: Death
}

type Happening = {at: number; attempt: Attempt} | {at: number; death: Death} | {at: number}

/** Attempts at their start, crashes at both ends, in order; a crash goes first on a tie. */
function timeline({attempts, crashes = [], publish, watchedUntil}: Delivery): Happening[] {
  const deaths = crashes.flatMap(({diedAt, ...crash}): Happening[] => {
    // A crash before the publish cannot touch the event.
    if (diedAt === undefined || diedAt < publish.at) return []
    return [{at: crash.at}, {at: diedAt, death: {...crash, diedAt}}]
  })
  const starts = attempts.map((attempt): Happening => ({at: attempt.startAt, attempt}))
  const seen = [...deaths, ...starts].filter(({at}) => at <= watchedUntil)
  return seen.sort((a, b) => a.at - b.at)
}

function crash(run: Run, death: Death): void {
  const before = unseenUntil(run.context, run.states, death.diedAt)
  for (const label of labelCrash(before, death)) run.exercised.add(label)
  run.states = before.flatMap((state) => afterCrash(run.context, state, death))
  run.lastDeath = death
}

function attempted(run: Run, attempt: Attempt): void {
  const {context} = run
  const before = unseenUntil(context, run.states, attempt.startAt)
  const begunAt = Math.max(attempt.begunAt ?? attempt.startAt, allowedFrom(before, attempt))
  const classified = classify({...attempt, begunAt}, context.declared)
  let takers = before.flatMap((state) => takes(context.declared, state, attempt))
  if (takers.length === 0) {
    const {problem, resume} = violation(context, before, attempt.startAt)
    report(run, problem)
    takers = resume.map((state) => ({state, number: state.number + 1, resends: hidden(context)}))
    // An attempt that nobody owes leaves what the sender knows as it was.
    if (takers.length === 0) run.states = before
  }
  if (takers.length > 0) {
    run.states = takers.flatMap((taker) => enter(run, taker, classified, attempt))
  }
  const numbers = new Set(takers.map((taker) => taker.number))
  const [number = null] = numbers.size === 1 ? numbers : []
  run.judged.push({...classified, number})
  for (const label of labelAttempt(classified, attempt, takers)) run.exercised.add(label)
}

/** From when on some interpretation allows the attempt; nobody begins one before that unseen. */
function allowedFrom(states: readonly State[], {startAt}: Attempt): number {
  const from = states.map((state) => {
    if (state.is === 'due' && state.resends === 0) return state.earliest
    return state.is !== 'unknown' && state.resends > 0 ? state.knownFrom : startAt
  })
  return Math.min(startAt, ...from)
}

/** One interpretation of a request: as attempt `number`, or as its repetition. */
interface Taker {
  state: State
  /** Undefined where anything is allowed. */
  number?: number
  resends: number
  resend?: true
}

function takes(declared: Declared, state: State, {startAt, cameAt = startAt}: Attempt): Taker[] {
  if (state.is === 'unknown') return [{state, resends: 0}]
  const takers: Taker[] = []
  if (state.is === 'due' && startAt >= state.earliest && cameAt <= state.latest) {
    const resends = declared.retry.hiddenResends
    takers.push({state, number: state.number + 1, resends})
  }
  if (state.resends > 0 && startAt >= state.knownFrom && cameAt <= state.resendUntil) {
    takers.push({state, number: state.number, resends: state.resends - 1, resend: true})
  }
  return takers
}

function enter(run: Run, taker: Taker, classified: Classified, attempt: Attempt): State[] {
  const {context, lastDeath} = run
  const {number, resends} = taker
  if (number === undefined) return [{is: 'unknown'}]
  const states = classified.outcomes.flatMap((outcome) =>
    afterOutcome(context, number, outcome, resends, attempt),
  )
  // Before the sender is known to be back, the request may still be one of the dead process.
  const limbo = lastDeath && attempt.startAt <= (lastDeath.upAt ?? Number.POSITIVE_INFINITY)
  return limbo ? [...states, ...interrupted(context, number, lastDeath)] : states
}

function finish(run: Run): AttemptJudgement {
  const {context, problems, exercised} = run
  const {watchedUntil, crashes = []} = context.delivery
  const states = unseenUntil(context, run.states, watchedUntil)
  const dying = crashes.some(({at, diedAt = Number.POSITIVE_INFINITY}) => {
    return at <= watchedUntil && diedAt > watchedUntil
  })
  const decidedAt = dying ? undefined : missingFrom(context, states)
  if (!dying) reportMissing(run, states, watchedUntil)
  for (const label of labelQuiet(context, states)) exercised.add(label)
  return {attempts: run.judged, problems, exercised, decidedAt}
}

/** When the attempt that every state owes is surely missing; undefined when none is owed. */
function missingFrom({declared}: Context, states: readonly State[]): number | undefined {
  const owing = states.flatMap((state) => (state.is === 'due' ? deadline(state) : []))
  const bound = Math.max(...owing) + (declared.retry.absentMs ?? declared.retry.slackMs)
  return owing.length === states.length && Number.isFinite(bound) ? bound : undefined
}

function reportMissing(run: Run, states: readonly State[], at: number): void {
  const bound = missingFrom(run.context, states)
  if (bound === undefined || at <= bound) return
  report(run, violation(run.context, states, at, 'watched').problem)
}

function report(run: Run, problem: AttemptProblem): void {
  if (!run.problems.some((other) => other.rule === problem.rule)) run.problems.push(problem)
}

function hidden({declared}: Context): number {
  return declared.retry.hiddenResends
}
