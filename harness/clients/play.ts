import {setMaxListeners} from 'node:events'
import {instantOf, type After, type CommonStep, type Pause} from '../script/common.ts'
import type {ClientStep, Script, Step} from '../script/script.ts'
import type {Answer} from '../script/webhook.ts'
import type {Mechanism} from '../target.ts'
import type {Trace} from '../trace.ts'
import {drain} from './drain.ts'
import type {Driver, OpenDriver, Play} from './driver.ts'
import {lagPeriodMs, watchLag} from './lag.ts'
import {longestOf} from './limits.ts'
import {Marks} from './marks.ts'
import {pause} from './pause.ts'
import {openPoll} from './poll.ts'
import {Publishers} from './publish.ts'
import {Recorder, type Held, type Log} from './recorder.ts'
import type {Service} from './service.ts'
import {openSse} from './sse.ts'
import {openWebhook} from './webhook.ts'
import {openWs} from './ws.ts'

const drivers: Readonly<Record<Mechanism, OpenDriver>> = {
  poll: openPoll,
  longpoll: openPoll,
  sse: openSse,
  ws: openWs,
  webhook: openWebhook,
}

/** Gives the working slot of a case back and takes it again. */
export interface Slot {
  give(): void
  take(): Promise<void>
}

export interface PlayOptions {
  /** Letters and digits, unique in the run: channels and marks are made from it. */
  readonly nonce: string
  /** The case is ended after this many ms, and its trace says so. */
  readonly deadlineMs: number
  /** Ends the case from outside. */
  readonly signal?: AbortSignal
  readonly slot?: Slot
  /** What all open cases hold; shared by them. */
  readonly together?: Held
}

/** Why everything of a case ends; an error for each case would cost more than the rest of its end. */
const isOver = new Error('the case is over')

/** Plays a script against a target once and answers what happened. Throws only on a fault of the harness. */
export async function play(script: Script, service: Service, options: PlayOptions): Promise<Trace> {
  const over = new AbortController()
  const {signal} = over
  const end = (): void => over.abort(isOver)
  const recorder = new Recorder(end, options.together)
  if (options.signal?.aborted) end()
  options.signal?.addEventListener('abort', end)
  // Every connection of a case listens to it.
  setMaxListeners(0, signal)
  const deadline = setTimeout(() => {
    recorder.write({kind: 'gaveUp', what: 'the case', afterMs: options.deadlineMs})
    end()
  }, options.deadlineMs)
  const unwatch = watchLag((ms) => recorder.write({kind: 'lag', ms}))
  const stage = new Stage(script, service, recorder, signal, options)
  try {
    await stage.perform()
  } finally {
    clearTimeout(deadline)
    unwatch()
    recorder.close()
    options.signal?.removeEventListener('abort', end)
    end()
    await stage.end()
  }
  return recorder.trace
}

/** The clients and publishers of one case. */
class Stage implements Play {
  readonly service: Service
  readonly recorder: Recorder
  readonly marks: Marks
  readonly signal: AbortSignal
  readonly #script: Script
  readonly #slot: Slot | undefined
  readonly #open = new Map<string, Driver>()
  readonly #background: Promise<void>[] = []
  /** Named steps, by name: what they bring about is there when they are done, or never comes. */
  readonly #named = new Map<string, Promise<void>>()
  readonly #publishers: Publishers
  #waiting = 0

  constructor(
    script: Script,
    service: Service,
    recorder: Recorder,
    signal: AbortSignal,
    options: PlayOptions,
  ) {
    this.#script = script
    this.service = service
    this.recorder = recorder
    this.signal = signal
    this.marks = new Marks(options.nonce)
    this.#slot = options.slot
    this.#publishers = new Publishers(this)
  }

  channel(name = 'main'): string {
    return this.service.target.channel === 'single' ? 'pushspec' : `ps-${this.marks.nonce}-${name}`
  }

  answers(client: string): readonly Answer[] {
    return this.#script.filter(
      (step): step is Answer => step.do === 'answer' && step.client === client,
    )
  }

  async waiting<Result>(wait: () => Promise<Result>): Promise<Result> {
    if (this.#waiting++ === 0) this.#slot?.give()
    try {
      return await wait()
    } finally {
      if (--this.#waiting === 0) await this.#slot?.take()
    }
  }

  async perform(): Promise<void> {
    for (const [index, step] of this.#script.entries()) {
      if (this.signal.aborted) break
      const done = this.#timed(step, index)
      if ('as' in step && step.as !== undefined) this.#named.set(step.as, done)
      if ('background' in step && step.background) {
        done.catch(() => {}) // joined below, where a fault is thrown
        this.#background.push(done)
      } else await done
    }
    await Promise.all(this.#background)
    // Upper bounds are judged only once the clock that measures lag has ticked behind them.
    if (
      this.#script.some(
        ({do: what}) => what === 'poll' || what === 'settle' || what === 'read-inbox',
      )
    ) {
      await this.waiting(() => pause(2 * lagPeriodMs, this.signal))
    }
    this.recorder.write({kind: 'ended', steps: this.#script.length})
  }

  async end(): Promise<void> {
    await Promise.allSettled(this.#background)
    await Promise.all([...this.#open.values()].map((driver) => driver.end()))
    await this.#publishers.end()
  }

  async #timed(step: Step, index: number): Promise<void> {
    const after = 'after' in step ? step.after : undefined
    if (after && !(await this.#instant(after, index))) return
    if (this.signal.aborted) return
    await this.#step(step, this.recorder.for(index))
  }

  /** Waits for a named instant; false when no earlier step bears the name, or it never came. */
  async #instant(after: After, index: number): Promise<boolean> {
    const [kind, name] = instantOf(after)
    const earlier = this.#script.slice(0, index)
    if (!earlier.some((step) => 'as' in step && step.as === name)) return false
    const {recorder, signal} = this
    const ms = longestOf(this.service.target)
    const done = new AbortController()
    const either = AbortSignal.any([signal, done.signal])
    const named = this.#named.get(name)?.finally(() => done.abort())
    named?.catch(() => {}) // thrown where the step is joined
    const fact = await this.waiting(async () => {
      switch (kind) {
        case 'publishing':
          return await recorder.until('publishing', (fact) => fact.as === name, ms, either)
        case 'ack':
          return await recorder.until('published', (fact) => fact.as === name, ms, either)
        case 'sent':
          return await recorder.until('sent', (fact) => fact.request === name, ms, either)
        case 'opened':
          return await recorder.until('opened', (fact) => fact.request === name, ms, either)
      }
    })
    if (!fact) return false
    const remaining = fact.at + after.ms - recorder.now()
    if (remaining > 0) await pause(remaining, signal)
    return true
  }

  async #step(step: Step, log: Log): Promise<void> {
    switch (step.do) {
      case 'publish':
        return await this.#publishers.publish(step, log)
      case 'pause':
        return await this.waiting(() => pause(pauseMs(step, this.service), this.signal))
      case 'settle':
        return await this.#settle(step.client, log)
      case 'drain':
        return await drain(this, step, log)
      case 'restart':
        return await this.#restart(step, log)
      case 'answer':
        return
      default:
        return await this.#client(step, log)
    }
  }

  async #client(step: ClientStep, log: Log): Promise<void> {
    if (step.do === 'open' && !this.#open.has(step.client)) {
      this.#open.set(step.client, drivers[step.via](this, step.client))
    }
    await this.#open.get(step.client)?.perform(step, log)
  }

  async #settle(client: string | undefined, log: Log): Promise<void> {
    const settling = client === undefined ? [...this.#open.values()] : [this.#open.get(client)]
    await this.waiting(() => Promise.all(settling.map(async (driver) => await driver?.settle(log))))
  }

  async #restart(step: Extract<CommonStep, {do: 'restart'}>, log: Log): Promise<void> {
    const {restart, target} = this.service
    if (!restart) return
    const downMs = (step.downTimes ?? 0) * (target.webhook?.retry?.delaysMs[0] ?? 100)
    log.write({kind: 'stopping', signal: step.signal})
    await this.waiting(() => restart(step.signal, downMs))
    log.write({kind: 'restarted', downMs})
  }
}

function pauseMs(step: Pause, {target}: Service): number {
  const {limits, longpoll, webhook} = target
  const unit = {
    quiet: limits.quietMs,
    deliver: limits.deliverMs,
    hold: longpoll?.wait.maxMs ?? 0,
    retry: webhook?.retry?.delaysMs[0] ?? 0,
    timeout: webhook?.ack.timeoutMs ?? 0,
  }[step.of]
  return unit * step.times
}
