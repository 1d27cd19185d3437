import type {HowToLeave} from '../script/common.ts'
import type {OpenPoll, Poll} from '../script/poll.ts'
import type {ClientStep} from '../script/script.ts'
import type {Driver, OpenDriver, Play} from './driver.ts'
import type {Hold, HttpCall} from './http.ts'
import {longestOf} from './limits.ts'
import {PollChain} from './poll/chain.ts'
import {emptied, visible} from './poll/settle.ts'
import type {Log} from './recorder.ts'
import {deferred, within} from './within.ts'

/** Makes the driver of one client that polls, short or long. */
export const openPoll: OpenDriver = (play, client) => new PollingClient(play, client)

/** The last byte of a poll, kept back until `release`, or until it has been kept for long enough. */
class LastByte implements Hold {
  readonly #ready = deferred<true>()
  readonly #released = deferred<void>()
  readonly #longestMs: number
  #timer: NodeJS.Timeout | undefined

  constructor(longestMs: number) {
    this.#longestMs = longestMs
  }

  get released(): Promise<void> {
    return this.#released.promise
  }

  readonly ready = (): void => {
    this.#timer = setTimeout(this.release, this.#longestMs)
    this.#ready.resolve(true)
  }

  /** All but the last byte is written, or there is nothing to be written any more. */
  get written(): Promise<true> {
    return this.#ready.promise
  }

  readonly release = (): void => {
    clearTimeout(this.#timer)
    this.#released.resolve()
  }

  readonly over = (): void => {
    this.release()
    this.#ready.resolve(true)
  }
}

/** A client that polls one channel, one poll at a time; polls that begin meanwhile wait for their turn. */
class PollingClient implements Driver {
  readonly #play: Play
  readonly #client: string
  readonly #leftovers = new Set<HttpCall>()
  #chain: PollChain | undefined
  #opened: string | undefined
  #turn: Promise<void> = Promise.resolve()
  #call: HttpCall | undefined
  #lastByte: LastByte | undefined

  constructor(play: Play, client: string) {
    this.#play = play
    this.#client = client
  }

  async perform(step: ClientStep, log: Log): Promise<void> {
    if (step.do === 'open' && (step.via === 'poll' || step.via === 'longpoll')) this.#open(step)
    if (step.do === 'poll') await this.#poll(step, log)
    if (step.do === 'release') await this.#release()
    if (step.do === 'leave') {
      if (step.when === 'settled') await this.#play.waiting(() => this.settle(log))
      this.#leave(step.how)
    }
  }

  async settle(log: Log): Promise<void> {
    const chain = this.#chain
    if (!chain) return
    this.#lastByte?.release()
    await visible(this.#play, chain)
    await this.#inTurn(async () => {
      const waitedMs = await emptied(this.#play, chain, log)
      if (waitedMs !== undefined) log.write({kind: 'settled', client: this.#client, waitedMs})
    })
  }

  async end(): Promise<void> {
    this.#lastByte?.over()
    this.#call?.close()
    for (const call of this.#leftovers) call.close()
    await this.#turn
  }

  /** Opening again changes nothing, unless it is opened otherwise. */
  #open(step: OpenPoll): void {
    const endpoint = this.#play.service.target[step.via]
    const opened = JSON.stringify(step)
    if (!endpoint || opened === this.#opened) return
    this.#opened = opened
    this.#chain = new PollChain(this.#play, this.#client, step, endpoint)
  }

  async #poll(step: Poll, log: Log): Promise<void> {
    const chain = this.#chain
    if (!chain) return
    // One poll at a time: what was not released by now never will be.
    this.#lastByte?.release()
    const hold = step.holdBack && new LastByte(4 * this.#play.service.target.limits.quietMs)
    this.#lastByte = hold || undefined
    const {as, conditional, cursor, cut, limit, wait} = step
    const waitMs = wait === undefined ? undefined : wait * (chain.longpoll?.wait.maxMs ?? 0)
    await this.#inTurn(async () => {
      await chain.poll(
        {
          ...(as !== undefined && {as}),
          ...(conditional && {conditional}),
          ...(cursor !== undefined && {cursor}),
          ...(cut && {cut}),
          ...(limit !== undefined && {limit}),
          ...(waitMs !== undefined && {waitMs}),
          ...(hold && {hold}),
          onCall: (call) => this.#under(call, cut?.how),
        },
        log,
      )
      hold?.over()
    })
  }

  /** A connection that is left half open or unread lasts as long as the case. */
  #under(call: HttpCall, how: HowToLeave | undefined): void {
    this.#call = call
    if (how === 'half' || how === 'stall') this.#leftovers.add(call)
    else void call.ended.then(() => this.#leftovers.has(call) || call.close())
  }

  async #release(): Promise<void> {
    const {service, signal} = this.#play
    const held = this.#lastByte
    if (!held) return
    this.#lastByte = undefined
    await within(held.written, longestOf(service.target), signal)
    held.release()
  }

  #leave(how: HowToLeave): void {
    const call = this.#call
    if (!call) return
    if (how === 'half' || how === 'stall') this.#leftovers.add(call)
    call.leave(how)
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(async () => {
      if (!this.#play.signal.aborted) await work()
      this.#call = undefined
    })
    this.#turn = mine.catch(() => {}) // thrown to the caller of that one
    await mine
  }
}
