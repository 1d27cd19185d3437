import type {Slot} from '../clients/play.ts'
import {aimsOf, type Invariant} from '../invariant.ts'
import type {Script} from '../script/script.ts'
import type {Trace} from '../trace.ts'
import type {Arena, End} from './arena.ts'
import {collect} from './collect.ts'
import {diedVerdict} from './finding.ts'
import {runAll} from './pool.ts'
import type {Plan} from './select.ts'
import {Tally} from './tally.ts'

/** One script that is to be played. */
export interface Task {
  readonly plan: Plan
  readonly aim: string
  readonly index: number
  readonly script: Script
}

export interface PlayingOptions {
  readonly seed: number
  /** Cases per behaviour and aim. */
  readonly runs: number
  /** Floors of cover count: what stays below them is extended up to three times its runs. */
  readonly floors: boolean
  readonly jobs: number
  readonly signal: AbortSignal
  /** An aim is left alone when each of its invariants broke this often. */
  readonly enough: number
  /** An aim that said nothing but `untried` for so many cases will not say more. */
  readonly hopeless: number
  /** What killed the target is looked for at each death, and not once all is played. */
  readonly looksAtOnce?: boolean
  /** Called after each case, and once more for one that is found to have killed the target. */
  readonly onCase?: (task: Task, done: number, total: number) => void
  /** Sees every trace that was judged. */
  readonly onTrace?: (task: Task, trace: Trace) => void
}

/** A script that was in flight when the target died, played again alone. */
export interface Killer {
  readonly task: Task
  readonly invariant: Invariant
  readonly end: End
}

/** Scripts of an aim that are made at a time: a hunt that ends soon makes few for nothing. */
const chunk = 20
/** Scripts that restart the target take long and share two instances: one in so many is played. */
const destructiveShare = 4

/** Whether the scripts of an aim need instances of their own. */
export function isDestructive({behaviour}: Pick<Plan, 'behaviour'>, aim: string): boolean {
  return behaviour.destructive?.includes(aim) === true
}

/** Plays the behaviours of some plans against one target, and lets every invariant judge every trace of its behaviour. */
export class Playing {
  readonly tallies: ReadonlyMap<string, Tally>
  readonly killers: Killer[] = []
  /** Deaths whose cause was not found again. */
  readonly unexplained: End[] = []
  readonly #arena: Arena
  readonly #plans: readonly Plan[]
  readonly #options: PlayingOptions
  /** How many cases of each aim were judged. */
  readonly #played = new Map<string, number>()
  readonly #suspects: Task[] = []
  #lastEnd: End = {}
  /** Cases that were played, those among them that the death of the target made void. */
  cases = 0
  steps = 0
  #total = 0

  constructor(arena: Arena, plans: readonly Plan[], options: PlayingOptions) {
    this.#arena = arena
    this.#plans = plans
    this.#options = options
    const all = plans.flatMap((plan) => plan.invariants)
    this.tallies = new Map(all.map((invariant) => [invariant.id, new Tally(invariant)]))
  }

  /** Plays everything once, then what stayed below its floors up to two times more. */
  async all(): Promise<void> {
    const {runs, floors} = this.#options
    await this.#round(this.#plans, 0, runs)
    if (!floors) return
    for (let round = 1; round < 3; round++) {
      const short = this.#short()
      if (short.length === 0 || this.#options.signal.aborted) return
      await this.#round(short, round * runs, runs)
    }
  }

  async #round(plans: readonly Plan[], from: number, count: number): Promise<void> {
    const {jobs, signal} = this.#options
    const {limits} = this.#arena.target
    for (const plan of plans) {
      for (const aim of plan.aims)
        this.#total += isDestructive(plan, aim) ? Math.ceil(count / destructiveShare) : count
    }
    const open = Math.max(1, Math.min(4 * jobs, Math.floor(limits.maxConnections / 4)))
    const most = {working: Math.min(jobs, open), open, ratePerS: limits.maxRate}
    const queue = {tasks: this.#tasks(plans, from, count), over: false}
    while (!queue.over && !signal.aborted) {
      await runAll(this.#untilDeath(queue), most, signal, (task, slot) => this.#perform(task, slot))
      await this.#findKillers()
    }
  }

  /** Tasks until there are no more, or until the target died and its killer is to be looked for. */
  *#untilDeath(queue: {readonly tasks: Iterator<Task>; over: boolean}): Generator<Task> {
    while (!this.#options.looksAtOnce || this.#suspects.length === 0) {
      const {value, done} = queue.tasks.next()
      if (done) {
        queue.over = true
        return
      }
      yield value
    }
  }

  /** Behaviours and aims of the invariants that stayed below a floor, and broke nothing. */
  #short(): Plan[] {
    return this.#plans.flatMap((plan) => {
      const invariants = plan.invariants.filter((invariant) => {
        const tally = this.tallies.get(invariant.id)!
        return tally.broken === 0 && tally.missing(this.#arena.target).length > 0
      })
      const named = new Set(invariants.flatMap(aimsOf))
      const aims = plan.aims.filter((aim) => named.has(aim) && !this.#idle(plan, aim))
      return aims.length > 0 ? [{...plan, aims}] : []
    })
  }

  *#tasks(plans: readonly Plan[], from: number, count: number): Generator<Task> {
    const {seed} = this.#options
    for (const plan of plans) {
      for (let at = from; at < from + count; at += chunk) {
        const size = Math.min(chunk, from + count - at)
        for (const aim of plan.aims) {
          if (this.#idle(plan, aim)) continue
          const place = plan.behaviour.aims.indexOf(aim)
          const share = isDestructive(plan, aim) ? Math.ceil(size / destructiveShare) : size
          const scripts = collect(plan.behaviour, aim, this.#arena.target, seed, at, share)
          for (const [offset, script] of scripts.entries()) {
            const index = (at + offset) * plan.behaviour.aims.length + place
            yield {plan, aim, index, script}
          }
        }
      }
    }
  }

  /** Whether more cases of an aim would bring nothing new. */
  #idle(plan: Plan, aim: string): boolean {
    const tallies = plan.invariants
      .filter((invariant) => aimsOf(invariant).includes(aim))
      .map((invariant) => this.tallies.get(invariant.id)!)
    // Cases of other aims do not count: they were not made for these invariants.
    const played = this.#played.get(`${plan.behaviour.name}/${aim}`) ?? 0
    return tallies.every(
      (tally) =>
        tally.broken >= this.#options.enough ||
        (played >= this.#options.hopeless && tally.held + tally.broken === 0),
    )
  }

  async #perform(task: Task, slot: Slot): Promise<void> {
    const {plan, aim, index, script} = task
    if (this.#arena.givenUp || this.#idle(plan, aim)) return this.#done(task)
    const played = isDestructive(plan, aim)
      ? await this.#arena.playOwn(script, slot)
      : await this.#arena.play(script, slot)
    if (this.#options.signal.aborted) return
    this.cases++
    this.steps += script.length
    if ('died' in played) {
      this.#lastEnd = played.died
      this.#suspects.push(task)
    } else {
      const name = `${plan.behaviour.name}/${aim}`
      this.#played.set(name, (this.#played.get(name) ?? 0) + 1)
      this.#options.onTrace?.(task, played.trace)
      for (const invariant of plan.invariants) {
        this.tallies.get(invariant.id)!.judge(index, script, played.trace, this.#arena.target)
      }
    }
    this.#done(task)
  }

  #done(task: Task): void {
    this.#options.onCase?.(task, ++this.#doneCount, this.#total)
  }

  #doneCount = 0

  /** The scripts that were in flight when the target died are played alone, one by one: who kills it again is found. */
  async #findKillers(): Promise<void> {
    const suspects = this.#suspects.splice(0)
    if (suspects.length === 0) return
    const before = this.killers.length
    for (const task of suspects) {
      if (this.#options.signal.aborted) return
      const invariant = task.plan.invariants.find((one) => aimsOf(one).includes(task.aim))!
      const tally = this.tallies.get(invariant.id)!
      if (tally.first.has('died')) continue
      const played = task.script.some((step) => step.do === 'restart')
        ? await this.#arena.playOwn(task.script)
        : await this.#arena.play(task.script)
      if (!('died' in played)) {
        for (const one of task.plan.invariants)
          this.tallies.get(one.id)!.judge(task.index, task.script, played.trace, this.#arena.target)
        continue
      }
      const {index, script} = task
      tally.sight({index, script, trace: [], verdict: diedVerdict(played.died)})
      this.killers.push({task, invariant, end: played.died})
      this.#options.onCase?.(task, this.#doneCount, this.#total)
    }
    if (this.killers.length === before) this.unexplained.push(this.#lastEnd)
  }
}
