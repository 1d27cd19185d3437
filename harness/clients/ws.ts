import type {ClientStep} from '../script/script.ts'
import type {OpenWs} from '../script/ws.ts'
import type {Driver, OpenDriver, Play} from './driver.ts'
import {pause} from './pause.ts'
import {settleReader} from './readerSettle.ts'
import type {Log} from './recorder.ts'
import {longestOf} from './limits.ts'
import {within} from './within.ts'
import type {Ended, WsConnection} from './ws/connection.ts'
import {openByLibrary, openRaw, type Approach} from './ws/handshake.ts'
import type {Message} from './ws/messages.ts'
import {Inbox} from './ws/inbox.ts'
import {Subscription, type Asked} from './ws/subscription.ts'
import {routeTarget} from './ws/route.ts'

/** Makes the driver of one WebSocket client. */
export const openWs: OpenDriver = (play, client) => new WebSocketClient(play, client)

/** A WebSocket client of which every byte is scripted; pings are answered, and a Close where the script waits for the end. */
class WebSocketClient implements Driver {
  readonly #play: Play
  readonly #client: string
  readonly #subscription: Subscription
  readonly #inbox: Inbox
  readonly #ends = new Set<string>()
  #connection: WsConnection | undefined
  #opened: OpenWs | undefined
  /** What the connection sees is told under the step that the client performed last. */
  readonly #latest: Log = {write: (fact) => this.#current?.write(fact)}
  #current: Log | undefined
  /** The client ended its part: it may not see all that it is given, so it never settles. */
  #left = false

  constructor(play: Play, client: string) {
    this.#play = play
    this.#client = client
    this.#subscription = new Subscription(play, client)
    this.#inbox = new Inbox(play, client)
  }

  async perform(step: ClientStep, log: Log): Promise<void> {
    this.#current = log
    if (step.do === 'open') {
      if (step.via === 'ws') await this.#open(step, log)
    } else if (step.do === 'read-inbox') {
      await this.#play.waiting(() => this.#inbox.read(log))
    } else if (this.#connection) await this.#on(this.#connection, step, log)
  }

  async settle(log: Log): Promise<void> {
    this.#current = log
    const route = this.#left ? undefined : this.#opened?.route
    if (route === 'subscribe') await this.#settleSubscription(log)
    else if (route === 'inbox' && this.#connection) await this.#inbox.settle(this.#connection, log)
    else if (route) await this.#settleEcho(log)
  }

  async end(): Promise<void> {
    this.#connection?.end()
    await this.#connection?.ended
  }

  async #on(connection: WsConnection, step: ClientStep, log: Log): Promise<void> {
    // Who reads no more sees no answer to anything: all that is left to do is to leave.
    if (this.#ends.has(connection.conn) && step.do !== 'leave') return
    if (step.do === 'send') await connection.send(step.frames, step, log)
    if (step.do === 'submit') await this.#inbox.submit(connection, step.number, log)
    if (step.do === 'fence') await connection.fence(log)
    if (step.do === 'await-pong') await connection.awaitPong(log)
    if (step.do === 'await-end') await connection.awaitEnd(log, step.mute)
    if (step.do === 'close') {
      await connection.close(step, log)
      this.#left = true
    }
    if (step.do === 'leave') {
      if (step.when === 'settled') await this.#play.waiting(() => this.settle(log))
      this.#connection?.leave(step.how)
      this.#left = true
      // From here on nothing is seen, so nothing that is missing may be held against the server.
      if (step.how === 'stall' && this.#connection)
        this.#closed(this.#connection.conn, {by: 'client'})
    }
  }

  async #open(step: OpenWs, log: Log): Promise<void> {
    const {service} = this.#play
    const route = service.target.ws?.[step.route]
    const origin = service.origins[step.node ?? 0]
    if (!route || origin === undefined) return
    const subscribes = step.route === 'subscribe'
    const target = routeTarget(this.#play, route.path, step, this.#subscription)
    if (!target) return
    this.#connection?.leave('fin')
    this.#connection = undefined
    this.#opened = step
    this.#inbox.asked(target.channel)
    this.#left = false
    const approach: Approach = {
      play: this.#play,
      client: this.#client,
      log: this.#latest,
      route: step.handshake?.path === 'unknown' ? 'unknown' : step.route,
      origin,
      target: target.path,
      headers: {...service.headers, ...route.headers},
      spec: step.handshake ?? {},
      early: step.early ?? [],
      ...(step.cut && {cut: step.cut}),
      answersClose: subscribes || step.route === 'inbox',
      ...this.#listeners(step, target),
    }
    const connection = await (step.over === 'ws' ? openByLibrary : openRaw)(approach)
    if (!connection) return
    this.#connection = connection
    void connection.ended.then((end) => this.#closed(connection.conn, end))
    if (subscribes) await this.#subscription.becomeReady(connection.ended, log)
  }

  /** Tells the end of a connection, once. */
  #closed(conn: string, end: Ended): void {
    if (this.#ends.has(conn)) return
    this.#ends.add(conn)
    this.#latest.write({kind: 'closed', client: this.#client, conn, ...end})
  }

  #listeners(
    step: OpenWs,
    target: Asked,
  ): Pick<Approach, 'onConnected' | 'onSent' | 'onUpgraded' | 'onMessage'> {
    const log = this.#latest
    const onMessage = (conn: string, message: Message): void => this.#inbox.take(conn, message, log)
    if (step.route !== 'subscribe') {
      const toInbox = step.route === 'inbox' && {onMessage}
      return {onConnected: () => {}, onSent: () => {}, onUpgraded: () => {}, ...toInbox}
    }
    const subscription = this.#subscription
    return {
      onConnected: (conn) => subscription.asked({...target, conn, name: step.as ?? conn}, log),
      onSent: () => subscription.sent(log),
      onUpgraded: () => subscription.upgraded(log),
      onMessage: (_conn: string, message: Message) => subscription.take(message, log),
    }
  }

  async #settleSubscription(log: Log): Promise<void> {
    const {claims} = this.#play.service.target
    await this.#connection?.fence(log)
    const step = this.#opened
    const reopen = async (): Promise<boolean> => {
      const {tcpCloseMs} = this.#play.service.target.limits
      if (this.#connection) await within(this.#connection.ended, tcpCloseMs, this.#play.signal)
      if (step) await this.#open(again(step), log)
      return this.#isOpen()
    }
    // A stream that was refused is not asked for again.
    const comesBack = claims.resume && this.#connection
    await settleReader(
      this.#play,
      {
        client: this.#client,
        channel: this.#subscription.channel,
        readySince: () => this.#subscription.readySince,
        isOpen: () => this.#isOpen(),
        ...(comesBack && {reopen}),
      },
      log,
    )
  }

  #isOpen(): boolean {
    return this.#connection?.open === true
  }

  /** A pong proves that all was read; then the server must have nothing more to say. */
  async #settleEcho(log: Log): Promise<void> {
    const connection = this.#connection
    if (!connection || !(await connection.fence(log))) return
    const {recorder, service, signal} = this.#play
    const {quietMs} = service.target.limits
    const boundAt = recorder.now() + longestOf(service.target) + quietMs
    while (connection.open && !signal.aborted && recorder.now() < boundAt) {
      const silentMs = recorder.now() - connection.lastInAt
      if (silentMs >= quietMs) {
        const waitedMs = Math.round(silentMs)
        log.write({kind: 'settled', client: this.#client, waitedMs})
        return
      }
      await pause(quietMs - silentMs, signal)
    }
  }
}

/** The same subscription, valid and from where it left off. */
function again({channel, client, node, over, route}: OpenWs): OpenWs {
  return {
    do: 'open',
    client,
    via: 'ws',
    route,
    cursor: 'last',
    ...(channel !== undefined && {channel}),
    ...(node !== undefined && {node}),
    ...(over && {over}),
  }
}
