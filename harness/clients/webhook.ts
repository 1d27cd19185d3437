import type {Socket} from 'node:net'
import type {ClientStep} from '../script/script.ts'
import type {HowToLeave} from '../script/common.ts'
import type {WebhookEndpoint} from '../target.ts'
import type {Driver, OpenDriver, Play} from './driver.ts'
import {acknowledge, Receiver} from './receivers.ts'
import type {Log} from './recorder.ts'
import {SenderConnection, type Endpoint} from './webhook/connection.ts'
import {Ledger} from './webhook/ledger.ts'
import {longestSilenceMs, quietAfter, scheduleMs} from './webhook/quiet.ts'
import {register, type Registration} from './webhook/register.ts'
import {nextConn} from './wire.ts'
import {deferred, within} from './within.ts'

/** What only a Location names. */
const canaryPath = '/canary'

/** What changes how long a receiver is waited for. */
const telling = new Set([
  'publishing',
  'published',
  'attempt',
  'replied',
  'fin',
  'reset',
  'restarted',
])

/** Makes the driver of one generated webhook receiver. */
export const openWebhook: OpenDriver = (play, client) => new WebhookReceiver(play, client)

/** A webhook endpoint that answers each attempt as its script says; without an answer, 204 at once. */
class WebhookReceiver implements Driver {
  readonly #play: Play
  readonly #client: string
  readonly #connections = new Set<SenderConnection>()
  #ledger: Ledger | undefined
  #receiver: Receiver | undefined
  #canary: Receiver | undefined
  #registration: Registration | undefined
  #channel = ''
  #stalled = false

  constructor(play: Play, client: string) {
    this.#play = play
    this.#client = client
  }

  async perform(step: ClientStep, log: Log): Promise<void> {
    const {webhook} = this.#play.service.target
    if (!webhook) return
    if (step.do === 'open' && step.via === 'webhook') {
      if (this.#receiver) await this.#openAgain(this.#receiver, webhook, log)
      else await this.#open(this.#play.channel(step.channel), webhook, log)
    }
    if (step.do === 'leave' && this.#receiver?.listening) {
      if (step.when === 'settled') await this.#play.waiting(() => this.settle(log))
      this.#leave(this.#receiver, step.how, log)
    }
  }

  async settle(log: Log): Promise<void> {
    const {recorder, service, signal} = this.#play
    if (!this.#registration || !this.#receiver?.listening) return
    const boundAt = recorder.now() + scheduleMs(service.target)
    while (!signal.aborted) {
      const quiet = quietAfter(recorder.trace, this.#client, this.#channel, service.target)
      const now = recorder.now()
      const until = Math.min(quiet.dueAt, boundAt)
      if (now >= until) {
        const waitedMs = Math.round(now - quiet.lastAt)
        log.write({kind: 'settled', client: this.#client, waitedMs})
        return
      }
      await this.#news(until - now + 1)
    }
  }

  /** Waits, until something happens that may shorten or lengthen the wait. */
  async #news(ms: number): Promise<void> {
    const {recorder, signal} = this.#play
    const happened = deferred<true>()
    const unfollow = recorder.follow(({kind}) => {
      if (telling.has(kind)) happened.resolve(true)
    })
    await within(happened.promise, ms, signal)
    unfollow()
  }

  async end(): Promise<void> {
    const {receivers, target} = this.#play.service
    const receiver = this.#receiver
    this.#receiver = undefined
    this.#canary?.close()
    if (!receiver) return
    if (target.webhook?.register) receiver.close()
    else await receivers?.giveBack(receiver, longestSilenceMs(target))
  }

  async #open(channel: string, webhook: WebhookEndpoint, log: Log): Promise<void> {
    const {marks, service, signal} = this.#play
    const receiver = webhook.register
      ? await Receiver.start()
      : await service.receivers?.take(signal)
    if (!receiver) return
    this.#receiver = receiver
    this.#channel = channel
    this.#ledger = new Ledger(marks, webhook.event)
    await this.#attach(receiver, webhook, log)
    const url = this.#urlOf(receiver, webhook)
    const registration = await register(this.#play, webhook, url, channel, log)
    if (!registration) return
    this.#registration = registration
    log.write({kind: 'registered', client: this.#client, url, channel, ...registration})
  }

  /** Listens again on the same port after a leave; the target knows the endpoint still. */
  async #openAgain(receiver: Receiver, webhook: WebhookEndpoint, log: Log): Promise<void> {
    if (receiver.listening && !this.#stalled) return
    this.#stalled = false
    await this.#attach(receiver, webhook, log)
    try {
      await receiver.listen()
    } catch (error) {
      const {code} = error as NodeJS.ErrnoException
      log.write({kind: 'gaveUp', what: `listening again on ${receiver.url}: ${code}`, afterMs: 0})
      return
    }
    const url = this.#urlOf(receiver, webhook)
    const known = this.#registration
    if (!known) return
    log.write({kind: 'registered', client: this.#client, url, channel: this.#channel, ...known})
  }

  async #attach(receiver: Receiver, webhook: WebhookEndpoint, log: Log): Promise<void> {
    const {recorder, signal} = this.#play
    const answers = this.#play.answers(this.#client)
    const self = this.#urlOf(receiver, webhook)
    const own = webhook.register ? new URL(self).pathname : undefined
    const canary = answers.some((answer) => answer.location === 'canary')
      ? `${(await this.#startCanary(log)).url}${canaryPath}`
      : self
    const endpoint: Endpoint = {
      client: this.#client,
      log,
      now: () => recorder.now(),
      signal,
      ledger: this.#ledger!,
      answers,
      places: {
        self: `${self}?followed`,
        path: `${self}/elsewhere`,
        canary,
      },
      timeoutMs: webhook.ack.timeoutMs ?? 0,
      isMine: (target) => own === undefined || target.startsWith(own),
    }
    receiver.attach((socket) => this.#connected(endpoint, socket))
  }

  #connected(endpoint: Endpoint, socket: Socket): void {
    const conn = nextConn(this.#play.recorder, this.#client)
    const connection = new SenderConnection(endpoint, conn, socket)
    this.#connections.add(connection)
    socket.on('close', () => this.#connections.delete(connection))
    if (this.#stalled) connection.stall()
  }

  /** A listener that nobody knows of but through a Location. */
  async #startCanary(log: Log): Promise<Receiver> {
    const client = this.#client
    this.#canary ??= await Receiver.start((socket) => {
      const conn = nextConn(this.#play.recorder, client)
      acknowledge(socket, (fact) => {
        // A sender may still retry at the endpoint of an earlier case that had this port.
        if (fact.kind !== 'head' || fact.head.target !== canaryPath) return
        const {method, target} = fact.head
        log.write({kind: 'canary', client, conn, method, target})
      })
    })
    return this.#canary
  }

  /**
   * What the target is given: a path of its own where the harness registers, else the slot as it was announced.
   * The port may be one of an earlier case, whose endpoint the target knows still.
   */
  #urlOf(receiver: Receiver, webhook: WebhookEndpoint): string {
    const {nonce} = this.#play.marks
    return webhook.register ? `${receiver.url}/hook-${nonce}-${this.#client}` : receiver.url
  }

  #leave(receiver: Receiver, how: HowToLeave, log: Log): void {
    if (how === 'stall') {
      this.#stalled = true
      for (const connection of this.#connections) connection.stall()
      return
    }
    receiver.refuse()
    for (const connection of this.#connections) {
      if (how === 'rst') connection.reset()
      else connection.fin()
    }
    log.write({kind: 'closed', client: this.#client, conn: '', by: 'client'})
  }
}
