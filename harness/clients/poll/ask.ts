import type {Cut} from '../../script/common.ts'
import type {PollEndpoint} from '../../target.ts'
import type {Ending, FactOf, Headers} from '../../trace.ts'
import type {Play} from '../driver.ts'
import {callHttp, type Hold, type HttpCall} from '../http.ts'
import type {Log} from '../recorder.ts'
import type {Filled} from '../template.ts'
import {deferred, patiently} from '../within.ts'
import {decode, type Decoded} from './answer.ts'

/** A longer body than this is cut off, in bytes. */
const mostBodyBytes = 4 * 1024 * 1024

/** So much of an answer that was not declared is told, in bytes. */
const beginningBytes = 40

/** One poll, ready to be sent. */
export interface Question {
  readonly client: string
  readonly via: 'poll' | 'longpoll'
  readonly channel: string
  readonly endpoint: PollEndpoint
  readonly origin: string
  readonly request: Filled
  readonly over: 'raw' | 'undici'
  /** From the last byte of the request to the end of the answer. */
  readonly deadlineMs: number
  readonly log: Log
  /** What the `request` fact says of it. */
  readonly fact: Pick<FactOf<'request'>, 'from' | 'cursor' | 'waitMs' | 'limit' | 'conditional'>
  /** The name of the request; default that of its connection. */
  readonly as?: string
  readonly cut?: Cut
  readonly hold?: Hold
  readonly onCall?: (call: HttpCall) => void
}

/** What became of a poll; `class` is `none` unless it was answered whole. */
export interface Polled {
  readonly ending: Ending
  readonly class: FactOf<'answer'>['class']
  readonly count: number
  /** The marks of this case in its events, in order. */
  readonly marks: readonly string[]
  readonly cursor?: string
  readonly etag?: string
  /** The server said that it has more to give at once. */
  readonly more?: boolean
  /** It gave nothing but what stands at the cursor that was asked from, again. */
  readonly stale?: true
}

/** Sends a poll and writes its facts: `request`, `sent`, `response`, `event`s, `answer`. Undefined when no connection came about. */
export async function ask(play: Play, question: Question): Promise<Polled | undefined> {
  const exchange = new Exchange(play, question)
  return await exchange.perform()
}

class Exchange {
  readonly #play: Play
  readonly #question: Question
  readonly #sent = deferred<true>()
  readonly #body: Buffer[] = []
  #bodyBytes = 0
  #conn = ''
  #name = ''
  #status: number | undefined
  #headers: Headers = []
  #call: HttpCall | undefined

  constructor(play: Play, question: Question) {
    this.#play = play
    this.#question = question
  }

  async perform(): Promise<Polled | undefined> {
    const {client, cut, hold, log, onCall, origin, over, request} = this.#question
    const call = await callHttp(this.#play, {
      client,
      origin,
      request,
      log,
      over,
      ...(cut && {cut}),
      ...(hold && {hold}),
      onConnected: (conn) => this.#connected(conn),
      onSent: () => {
        log.write({kind: 'sent', client, request: this.#name})
        this.#sent.resolve(true)
      },
      onHead: (status, headers) => this.#head(status, headers),
      onData: (bytes) => this.#data(bytes),
    })
    if (!call) return undefined
    this.#call = call
    onCall?.(call)
    return this.#answer(await this.#ending(call))
  }

  async #ending(call: HttpCall): Promise<Ending> {
    const {deadlineMs, hold} = this.#question
    const begun = Promise.race([this.#sent.promise, call.ended])
    // Whoever keeps the last byte back gives it free in time.
    if (hold) await begun
    else await patiently(this.#play, begun, deadlineMs)
    const end = await patiently(this.#play, call.ended, deadlineMs)
    if (!end) call.close()
    return end?.ending ?? 'timeout'
  }

  #connected(conn: string): void {
    const {as, channel, client, fact, log, request, via} = this.#question
    this.#conn = conn
    this.#name = as ?? conn
    const {method, target} = request
    log.write({
      kind: 'request',
      client,
      conn,
      name: this.#name,
      via,
      channel,
      method,
      target,
      ...fact,
    })
  }

  #head(status: number, headers: Headers): void {
    const {client, log} = this.#question
    this.#status = status
    this.#headers = headers
    log.write({kind: 'response', client, conn: this.#conn, request: this.#name, status, headers})
  }

  #data(bytes: Buffer): void {
    this.#bodyBytes += bytes.length
    if (this.#bodyBytes <= mostBodyBytes) {
      this.#body.push(bytes)
      return
    }
    this.#body.length = 0
    if (!this.#call) return
    this.#question.log.write({kind: 'gaveUp', what: 'an answer above 4 MiB', afterMs: 0})
    this.#call.leave('rst')
    this.#call = undefined
  }

  #answer(ending: Ending): Polled {
    const {client, endpoint, fact, log} = this.#question
    const status = this.#status
    const body = Buffer.concat(this.#body)
    const decoded: Decoded | undefined =
      ending === 'complete' && status !== undefined
        ? decode({status, headers: this.#headers, body}, endpoint, fact.conditional === true)
        : undefined
    const marks = this.#events(decoded)
    const {cursor, etag, more} = decoded ?? {}
    const answer = {
      ending,
      class: decoded?.class ?? ('none' as const),
      count: decoded?.events.length ?? 0,
      ...(cursor !== undefined && {cursor}),
      ...(etag !== undefined && {etag}),
      ...(more !== undefined && {more}),
    }
    log.write({
      kind: 'answer',
      client,
      conn: this.#conn,
      request: this.#name,
      ...answer,
      ...(status !== undefined && {status}),
      ...(decoded?.class === 'undeclared' && {begins: beginningOf(body)}),
    })
    return {...answer, marks}
  }

  #events(decoded: Decoded | undefined): string[] {
    const {channel, client, log, via} = this.#question
    return (decoded?.events ?? []).flatMap((event) => {
      const [mark] = this.#play.marks.in(event.data)
      log.write({
        kind: 'event',
        client,
        conn: this.#conn,
        via,
        channel,
        request: this.#name,
        ...(mark !== undefined && {mark}),
        ...event,
      })
      return mark === undefined ? [] : [mark]
    })
  }
}

/** Without the marks of the case, which would make each beginning another one. */
function beginningOf(body: Buffer): string {
  const text = body.subarray(0, beginningBytes).toString('utf8')
  const plain = text.replace(/~.*$/s, '')
  return plain.length < text.length || body.length > beginningBytes ? `${plain}…` : plain
}
