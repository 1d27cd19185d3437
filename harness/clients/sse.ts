import type {HowToLeave} from '../script/common.ts'
import type {ClientStep} from '../script/script.ts'
import type {OpenSse} from '../script/sse.ts'
import type {Driver, OpenDriver, Play} from './driver.ts'
import {settleReader} from './readerSettle.ts'
import type {Log} from './recorder.ts'
import {positionOf} from './sse/position.ts'
import {Subscription} from './sse/subscription.ts'

/** Makes the driver of one client of event streams. */
export const openSse: OpenDriver = (play, client) => new EventStreamClient(play, client)

/** A client that opens one stream after the other, and goes on where it was when it is told to. */
class EventStreamClient implements Driver {
  readonly #play: Play
  readonly #client: string
  readonly #left = new Set<Subscription>()
  #subscription: Subscription | undefined
  #opened: OpenSse | undefined
  #last = ''
  #previous: {readonly cursor?: string} | undefined
  #owedSince: number | undefined

  constructor(play: Play, client: string) {
    this.#play = play
    this.#client = client
  }

  async perform(step: ClientStep, log: Log): Promise<void> {
    if (step.do === 'open' && step.via === 'sse') await this.#open(step, log)
    if (step.do === 'leave') {
      if (step.when === 'settled') await this.#play.waiting(() => this.settle(log))
      this.#leave(step.how)
    }
  }

  async settle(log: Log): Promise<void> {
    const step = this.#opened
    if (!step) return
    const {claims} = this.#play.service.target
    const reopen = async (): Promise<boolean> => {
      await this.#open({...step, cursor: 'last'}, log)
      return this.#subscription?.open === true
    }
    await settleReader(
      this.#play,
      {
        client: this.#client,
        channel: this.#play.channel(step.channel),
        readySince: () => this.#owedSince,
        isOpen: () => this.#subscription?.open === true,
        ...(claims.resume && {reopen}),
      },
      log,
    )
  }

  async end(): Promise<void> {
    for (const subscription of this.#left) subscription.close()
    this.#subscription?.close()
    await this.#subscription?.ended
  }

  #leave(how: HowToLeave): void {
    const subscription = this.#subscription
    if (!subscription) return
    subscription.leave(how)
    this.#last = subscription.lastEventId
    this.#left.add(subscription)
    this.#subscription = undefined
  }

  async #open(step: OpenSse, log: Log): Promise<void> {
    const {recorder, service} = this.#play
    const endpoint = service.target.sse
    const origin = service.origins[step.node ?? 0]
    if (!endpoint || origin === undefined) return
    const channel = this.#play.channel(step.channel)
    const last = this.#subscription?.lastEventId ?? this.#last
    const way = {last, previous: this.#previous, channel}
    const position = positionOf(step.cursor, way, endpoint, recorder.trace)
    const approach = position && {endpoint, origin, channel, position, step, last}
    const subscription = approach && Subscription.to(this.#play, this.#client, approach, log)
    if (!subscription) return
    this.#leave('fin')
    const {cursor, from, owedSince} = position
    const goesOn = from === 'last' || from === 'same'
    if (!goesOn) this.#owedSince = owedSince
    if (from !== 'forged') this.#previous = cursor === undefined ? {} : {cursor}
    this.#opened = step
    this.#subscription = subscription
    await subscription.begin()
    if (subscription.readyAt !== undefined) this.#owedSince ??= subscription.readyAt
  }
}
