import {setMaxListeners} from 'node:events'
import {connect} from 'node:net'
import {longestOf} from '../clients/limits.ts'
import {play, type Slot} from '../clients/play.ts'
import type {Held} from '../clients/recorder.ts'
import type {Service} from '../clients/service.ts'
import {Mistake} from '../mistake.ts'
import {exitCodes} from '../report.ts'
import type {Script} from '../script/script.ts'
import type {Target} from '../target.ts'
import type {Trace} from '../trace.ts'
import {deadlineMs} from './deadline.ts'
import {Slots} from './pool.ts'

/** How a target's process ended by itself. */
export interface End {
  readonly code?: number
  readonly signal?: string
}

/** One running instance of a target. */
export interface Instance {
  readonly service: Service
  /** Settles when the process ends though nobody told it to; never, where the harness did not start it. */
  readonly died: Promise<End>
  /** The last lines that it wrote. */
  log(): string
  stop(): Promise<void>
}

/** A target that can be brought up, more than once where the harness starts it. */
export interface Source {
  readonly target: Target
  open(): Promise<Instance>
}

/** What one play gave: a trace, or the news that the target died meanwhile, so that the trace says nothing. */
export type Played = {readonly trace: Trace} | {readonly died: End}

/** The instance that all calm scripts share, and what ended it. */
interface Calm {
  readonly instance: Instance
  /** Aborts when the instance or the run ends. */
  readonly signal: AbortSignal
  readonly end: {is?: End}
}

/** Instances that may be restarted by scripts, beside the calm one; default. */
const ownInstances = 2
/** Nobody listens any more: so long the news of a death may take on a busy machine, in ms. */
const deathNewsMs = 1000
/** On a target that dies more often than this no more cases are begun. */
const mostDeaths = 25

/**
 * Where scripts are played: one calm instance of the target for all, and a few more for scripts
 * that restart it. When the calm one dies, all plays in flight are void, and the next play starts it again.
 */
export class Arena {
  readonly target: Target
  readonly #source: Source
  readonly #signal: AbortSignal
  readonly #nonce: string
  readonly #own = new Set<Instance>()
  readonly #idle: Instance[] = []
  readonly #together: Held = {bytes: 0}
  readonly #ownPlaces: Slots
  #calm: Promise<Calm> | undefined
  #count = 0
  #deaths = 0
  #lastLog = ''

  constructor(source: Source, nonce: string, signal: AbortSignal, own = ownInstances) {
    this.#source = source
    this.target = source.target
    this.#nonce = nonce
    this.#signal = signal
    this.#ownPlaces = new Slots(own)
    setMaxListeners(0, signal)
  }

  /** The target died so often that more cases would say nothing new. Whoever asks for a play gets it all the same. */
  get givenUp(): boolean {
    return this.#deaths > mostDeaths
  }

  /** The last lines that the calm instance wrote, also after its death. */
  async log(): Promise<string> {
    const calm = await this.#calm?.catch(() => undefined)
    return calm?.instance.log() || this.#lastLog
  }

  /** Brings the target up. Throws a Mistake when it cannot be reached. */
  async start(): Promise<void> {
    await this.#instance()
  }

  /** Plays a script once on the calm instance. */
  async play(script: Script, slot?: Slot): Promise<Played> {
    const {instance, signal, end} = await this.#instance()
    const trace = await this.#play(script, instance.service, signal, slot)
    if (!end.is && trace.some((fact) => fact.kind === 'refused')) await this.#reachable(instance)
    // The news of a death may come a moment after the sockets closed.
    if (!end.is && sawTheEnd(trace)) await Promise.race([instance.died, turn()])
    return end.is ? {died: end.is} : {trace}
  }

  /** Plays a script once on an instance that it may restart. */
  async playOwn(script: Script, slot?: Slot): Promise<Played> {
    // Waiting for an instance is no work.
    slot?.give()
    await this.#ownPlaces.take()
    await slot?.take()
    try {
      return await this.#playOwn(script, slot)
    } finally {
      this.#ownPlaces.give()
    }
  }

  async #playOwn(script: Script, slot: Slot | undefined): Promise<Played> {
    if (this.#signal.aborted) return {trace: []}
    const instance = this.#idle.pop() ?? (await this.#source.open())
    this.#own.add(instance)
    let end: End | undefined
    void instance.died.then((is) => {
      end = is
    })
    const trace = await this.#play(script, instance.service, this.#signal, slot)
    if (sawTheEnd(trace)) await turn()
    if (end === undefined && !this.#signal.aborted) {
      this.#idle.push(instance)
      return {trace}
    }
    this.#own.delete(instance)
    await instance.stop()
    if (end === undefined) return {trace}
    this.#deaths++
    return {died: end}
  }

  /** Ends every instance. Never throws. */
  async stop(): Promise<void> {
    const calm = await this.#calm?.catch(() => undefined)
    await Promise.allSettled([calm?.instance.stop(), ...[...this.#own].map((one) => one.stop())])
  }

  async #play(
    script: Script,
    service: Service,
    signal: AbortSignal,
    slot: Slot | undefined,
  ): Promise<Trace> {
    return await play(script, service, {
      nonce: `${this.#nonce}${(this.#count++).toString(36)}`,
      deadlineMs: deadlineMs(script, this.target),
      signal,
      together: this.#together,
      ...(slot && {slot}),
    })
  }

  #instance(): Promise<Calm> {
    this.#calm ??= this.#open()
    return this.#calm
  }

  async #open(): Promise<Calm> {
    const instance = await this.#source.open()
    const ended = new AbortController()
    const signal = AbortSignal.any([this.#signal, ended.signal])
    // Every open case listens to it.
    setMaxListeners(0, signal)
    const end: {is?: End} = {}
    void instance.died.then(async (is) => {
      end.is = is
      this.#deaths++
      this.#lastLog = instance.log()
      ended.abort()
      await instance.stop()
      this.#calm = undefined
    })
    return {instance, signal, end}
  }

  /** Throws a Mistake when nobody listens at the target's address any more. */
  async #reachable(instance: Instance): Promise<void> {
    const {hostname, port} = new URL(instance.service.origins[0] ?? '')
    const withinMs = longestOf(this.target)
    const how = await new Promise<'open' | 'refused' | 'silent'>((resolve) => {
      const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ''))
      socket.setTimeout(withinMs, () => {
        resolve('silent')
        socket.destroy()
      })
      socket.on('connect', () => {
        resolve('open')
        socket.destroy()
      })
      socket.on('error', () => resolve('refused'))
    })
    if (how === 'open') return
    const late = turn(deathNewsMs).then(() => false)
    const died = await Promise.race([instance.died.then(() => true), late])
    const what =
      how === 'refused'
        ? `stopped listening at ${hostname}:${port} during the run`
        : `accepted no connection at ${hostname}:${port} within ${withinMs} ms; limits.maxConnections may be more than it can take`
    if (!died) throw new Mistake(`${this.target.name} ${what}`, exitCodes.unreachable)
  }
}

/** Whether connections were refused or ended by the server, as a death would. */
function sawTheEnd(trace: Trace): boolean {
  return trace.some(
    (fact) =>
      fact.kind === 'refused' ||
      fact.kind === 'gaveUp' ||
      ((fact.kind === 'reset' || fact.kind === 'fin') && fact.by === 'server'),
  )
}

/** A moment in which the news of a dead child process arrives. */
async function turn(ms = 5): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}
