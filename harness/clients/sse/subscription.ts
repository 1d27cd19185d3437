import type {HowToLeave} from '../../script/common.ts'
import type {OpenSse} from '../../script/sse.ts'
import type {SseEndpoint} from '../../target.ts'
import type {Headers, Unstamped} from '../../trace.ts'
import {header} from '../../models/http.ts'
import type {Play} from '../driver.ts'
import {probe} from '../publish.ts'
import {Early, type Log} from '../recorder.ts'
import {asText, parsedJson} from '../json.ts'
import {pointer} from '../pointer.ts'
import {fillRequest, type Filled, type Placing} from '../template.ts'
import {deferred, patiently, within} from '../within.ts'
import {openByHttp} from './http.ts'
import {openByLibrary} from './library.ts'
import type {Position} from './position.ts'
import type {Dispatched, Stream, StreamOrder} from './stream.ts'

/** How a stream is asked for. */
export interface Approach {
  readonly endpoint: SseEndpoint
  readonly origin: string
  /** The name of the channel on the target. */
  readonly channel: string
  readonly position: Position
  readonly step: OpenSse
  /** The client's last event id before it. */
  readonly last: string
}

/** One stream of a client, from its request to its end, and the facts of it. */
export class Subscription {
  /** When it was ready, in ms of the trace. */
  readyAt: number | undefined
  readonly #play: Play
  readonly #client: string
  readonly #approach: Approach
  readonly #request: Filled
  readonly #log: Log
  readonly #headed = deferred<true>()
  readonly #probed = deferred<true>()
  /** Events before the stream is known to be ready: their facts follow that of its readiness. */
  readonly #early: Early
  #stream: Stream | undefined
  #conn = ''
  #name = ''
  #answered = false
  #refused = false
  #over = false
  #wanted: HowToLeave | undefined

  private constructor(play: Play, client: string, approach: Approach, request: Filled, log: Log) {
    this.#play = play
    this.#client = client
    this.#approach = approach
    this.#request = request
    this.#log = log
    this.#early = new Early(play.recorder)
  }

  /** A subscription that is not begun; undefined where its cursor cannot be said in its place. */
  static to(play: Play, client: string, approach: Approach, log: Log): Subscription | undefined {
    const {channel, endpoint, position, step} = approach
    const {cursor, value} = position
    const placings: Placing[] = []
    if (value !== undefined) placings.push({place: endpoint.cursor, value})
    if (step.accept !== undefined) placings.push({place: {header: 'Accept'}, value: step.accept})
    const values = {channel, ...(cursor !== undefined && {cursor})}
    const request = fillRequest(endpoint.request, values, play.service.headers, placings)
    return request && new Subscription(play, client, approach, request, log)
  }

  get open(): boolean {
    return this.readyAt !== undefined && !this.#over
  }

  get lastEventId(): string {
    return this.#stream?.lastEventId() ?? this.#approach.last
  }

  /** Resolves when it is over, at once when it never began. */
  get ended(): Promise<unknown> | undefined {
    return this.#stream?.ended
  }

  /** Connects, and waits until the stream is ready or is none. */
  async begin(): Promise<void> {
    const {limits, publish} = this.#play.service.target
    const {endpoint, step} = this.#approach
    const over = step.over ?? 'raw'
    const order = this.#order()
    const stream = await (over === 'eventsource'
      ? openByLibrary(this.#play, order)
      : openByHttp(this.#play, {...order, over}))
    if (!stream) return
    this.#stream = stream
    const closed = stream.ended.then(({by, partial}) => this.#closed(by, partial))
    if (this.#wanted) this.leave(this.#wanted)
    const headed = Promise.race([this.#headed.promise, closed])
    const probes = endpoint.ready === 'probe' && publish !== undefined
    // A server may send the head only with the first event: then it is probed for that too.
    const soonMs = probes ? Math.min(limits.quietMs, limits.headMs) : limits.headMs
    await patiently(this.#play, headed, soonMs)
    if (probes && !this.#refused && !this.#over) await this.#probe(closed)
    if (!this.#answered && !this.#over) this.#giveUp()
    if (this.#refused) stream.close()
    if (this.#over) await closed
  }

  leave(how: HowToLeave): void {
    this.#wanted = how
    this.#stream?.leave(how)
  }

  close(): void {
    this.#wanted = 'fin'
    this.#stream?.close()
  }

  #order(): StreamOrder {
    const {last, origin, position, step} = this.#approach
    return {
      client: this.#client,
      origin,
      request: this.#request,
      log: this.#log,
      lastEventId: position.from === 'forged' ? last : (position.cursor ?? ''),
      ...(step.cut && {cut: step.cut}),
      onConnected: (conn) => this.#connected(conn),
      onSent: () => this.#log.write({kind: 'sent', client: this.#client, request: this.#name}),
      onHead: (status, headers) => this.#head(status, headers),
      onEvent: (event) => this.#event(event),
    }
  }

  #connected(conn: string): void {
    const {channel, position, step} = this.#approach
    const {cursor, from} = position
    const {method, target} = this.#request
    this.#conn = conn
    this.#name = step.as ?? conn
    this.#log.write({
      kind: 'request',
      client: this.#client,
      conn,
      name: this.#name,
      via: 'sse',
      channel,
      method,
      target,
      from,
      ...(cursor !== undefined && {cursor}),
    })
  }

  #head(status: number, headers: Headers): void {
    const [client, conn, request] = [this.#client, this.#conn, this.#name]
    this.#log.write({kind: 'response', client, conn, request, status, headers})
    this.#answered = true
    // HTML 9.2.3: anything else fails the connection, and is no stream.
    const type = header(headers, 'content-type')?.split(';')[0]?.trim().toLowerCase()
    this.#refused = status !== 200 || type !== 'text/event-stream'
    const {publish} = this.#play.service.target
    const atHead = this.#approach.endpoint.ready === 'head' || !publish
    if (!this.#refused && atHead) this.#ready()
    this.#headed.resolve(true)
    if (this.#refused) this.#probed.resolve(true) // no probe will come
  }

  #ready(): void {
    if (this.readyAt !== undefined || this.#over || this.#refused) return
    const {cursor, from} = this.#approach.position
    this.readyAt = this.#play.recorder.now()
    this.#log.write({
      kind: 'opened',
      client: this.#client,
      conn: this.#conn,
      via: 'sse',
      request: this.#name,
      from,
      ...(cursor !== undefined && {cursor}),
    })
    this.#early.writeTo(this.#log)
  }

  #event({data, lastEventId, ownId, type}: Dispatched): void {
    const {channel, endpoint} = this.#approach
    if (this.#refused || endpoint.controlTypes.includes(type)) return
    const payload =
      endpoint.payload === 'raw'
        ? data
        : asText(pointer(parsedJson(data), endpoint.payload.pointer))
    if (payload === undefined) return
    const [mark] = this.#play.marks.in(payload)
    const isId = ownId && lastEventId !== ''
    const fact: Unstamped = {
      kind: 'event',
      client: this.#client,
      conn: this.#conn,
      via: 'sse',
      channel,
      request: this.#name,
      ...(mark !== undefined && {mark}),
      ...(isId && {id: lastEventId}),
      ...(!isId && lastEventId !== '' && {cursor: lastEventId}),
      type,
      data: payload,
    }
    if (this.readyAt === undefined) this.#early.keep(fact)
    else this.#log.write(fact)
    if (mark?.includes(`.probe-${this.#conn}-`)) this.#probed.resolve(true)
  }

  async #probe(closed: Promise<void>): Promise<void> {
    const {recorder, service, signal} = this.#play
    const {deliverMs, headMs} = service.target.limits
    const back = Promise.race([this.#probed.promise, closed.then(() => true)])
    const headDueAt = recorder.now() + headMs
    const unanswered = (): boolean => !this.#answered && recorder.now() > headDueAt
    const came = await probe(
      this.#play,
      {
        channel: this.#approach.channel,
        conn: this.#conn,
        ms: this.#answered ? deliverMs : headMs + deliverMs,
        received: async (ms) => unanswered() || (await within(back, ms, signal)) === true,
      },
      this.#log,
    )
    if (came && this.#answered) this.#ready()
  }

  #giveUp(): void {
    const {headMs} = this.#play.service.target.limits
    this.#log.write({kind: 'gaveUp', what: 'the head of a stream', afterMs: headMs})
    this.#stream?.close()
  }

  #closed(by: 'client' | 'server', partial: boolean): void {
    this.#over = true
    const [client, conn] = [this.#client, this.#conn]
    this.#log.write({kind: 'closed', client, conn, by, ...(partial && {partial})})
  }
}
