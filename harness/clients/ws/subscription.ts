import {only, type From, type Unstamped} from '../../trace.ts'
import type {Play} from '../driver.ts'
import {probe} from '../publish.ts'
import {Early, type Log} from '../recorder.ts'
import {deferred, patiently} from '../within.ts'
import {eventIn} from './event.ts'
import type {Message} from './messages.ts'

/** Where a subscription is asked to go on. */
export interface Asked {
  readonly path: string
  readonly channel: string
  readonly from: From
  readonly cursor?: string
}

/** The reader behind the subscriptions of one client: its position, and the facts of what it is given. */
export class Subscription {
  /** What was published later is owed: when the first stream was ready, or what it began behind, in ms of the trace. */
  readySince: number | undefined
  /** The id of the last event: where `last` goes on. */
  lastId: string | undefined
  channel = ''
  readonly #play: Play
  readonly #client: string
  #request: (Asked & {conn: string; name: string}) | undefined
  #ready = false
  /** Events before the stream is known to be ready: their facts follow that of its readiness. */
  readonly #early: Early
  #probed = deferred<true>()

  constructor(play: Play, client: string) {
    this.#play = play
    this.#client = client
    this.#early = new Early(play.recorder)
  }

  /** The cursor that was sent last: where `same` goes on. */
  get sentCursor(): string | undefined {
    return this.#request?.cursor
  }

  /** A request for the stream goes out. */
  asked(request: Asked & {conn: string; name: string}, log: Log): void {
    const {channel, conn, cursor, from, name, path} = request
    this.#request = request
    this.channel = channel
    this.readySince = this.#owedSince(request) ?? this.readySince
    this.#ready = false
    this.#probed = deferred()
    this.#early.drop()
    log.write({
      kind: 'request',
      client: this.#client,
      conn,
      name,
      via: 'ws',
      channel,
      method: 'GET',
      target: path,
      from,
      ...(cursor !== undefined && {cursor}),
    })
  }

  /** The request is out. */
  sent(log: Log): void {
    const {name} = this.#request ?? {}
    if (name !== undefined) log.write({kind: 'sent', client: this.#client, request: name})
  }

  /** The stream is there; where the head says so, it is ready. */
  upgraded(log: Log): void {
    if (this.#play.service.target.ws?.subscribe?.ready === 'head') this.opened(log)
  }

  /** Every later publish is owed to this stream. */
  opened(log: Log): void {
    const request = this.#request
    if (!request || this.#ready) return
    this.#ready = true
    const {conn, cursor, from, name} = request
    this.readySince ??= this.#play.recorder.now()
    log.write({
      kind: 'opened',
      client: this.#client,
      conn,
      via: 'ws',
      request: name,
      from,
      ...(cursor !== undefined && {cursor}),
    })
    this.#early.writeTo(log)
  }

  /** Where the head does not say that the stream is ready, a probe that comes back does; `ended` is when none can come. */
  async becomeReady(ended: Promise<unknown>, log: Log): Promise<void> {
    const play = this.#play
    const {limits, ws} = play.service.target
    const request = this.#request
    if (!request || ws?.subscribe?.ready !== 'probe') return
    const {channel, conn} = request
    const given = Promise.race([this.#probed.promise, ended.then(() => false)])
    const received = async (ms: number): Promise<boolean> =>
      (await patiently(play, given, ms)) !== undefined
    const over = await probe(play, {channel, conn, ms: limits.deliverMs, received}, log)
    if (over && (await given)) this.opened(log)
  }

  /** A message of the stream. */
  take(message: Message, log: Log): void {
    const endpoint = this.#play.service.target.ws?.subscribe
    const request = this.#request
    const told = endpoint && eventIn(message, endpoint, this.#play.marks)
    if (!told || !request) return
    this.lastId = told.id ?? this.lastId
    const {channel, conn} = request
    const fact: Unstamped & {kind: 'event'} = {
      kind: 'event',
      client: this.#client,
      conn,
      via: 'ws',
      channel,
      ...told,
    }
    if (this.#ready) log.write(fact)
    else this.#early.keep(fact)
    if (told.mark?.includes(`.probe-${conn}-`)) this.#probed.resolve(true)
  }

  /** What a position says of its own: all, or what was published behind the event that a reader was given by that cursor. */
  #owedSince({channel, cursor, from}: Asked): number | undefined {
    const {recorder, service} = this.#play
    if (from === 'live' || from === 'start')
      return service.target.ws?.subscribe?.initial === 'oldest' ? -Infinity : undefined
    if (from !== 'named') return undefined
    const given = only(recorder.trace, 'event').find(
      (fact) => fact.channel === channel && fact.id === cursor && fact.mark !== undefined,
    )
    return only(recorder.trace, 'publishing').find((fact) => fact.mark === given?.mark)?.at
  }

  /** Where to go on behind what is named: an event, by the id that it was published or given with, or an answer. */
  idOf(name: string): string | undefined {
    const mark = this.#play.marks.mint(name)
    for (const fact of this.#play.recorder.trace) {
      const named =
        ((fact.kind === 'event' || fact.kind === 'published') && fact.mark === mark && fact.id) ||
        (fact.kind === 'answer' && fact.request === name && fact.cursor)
      if (typeof named === 'string') return named
    }
    return undefined
  }
}
