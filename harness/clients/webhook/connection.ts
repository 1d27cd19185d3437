import type {Socket} from 'node:net'
import type {RequestHead} from '../../models/http.ts'
import type {Answer} from '../../script/webhook.ts'
import type {Ending} from '../../trace.ts'
import {nameOf} from '../marks.ts'
import {pause} from '../pause.ts'
import {expectsContinue, goOn} from '../receivers.ts'
import type {Log} from '../recorder.ts'
import {latin1} from '../wire.ts'
import {answerTo, answersEarly, replyTo, type Places, type Reply} from './answer.ts'
import type {Ledger} from './ledger.ts'
import {RequestInProgress} from './request.ts'

/** What the connections of one webhook endpoint share. */
export interface Endpoint {
  readonly client: string
  readonly log: Log
  /** Milliseconds of the trace. */
  readonly now: () => number
  readonly signal: AbortSignal
  readonly ledger: Ledger
  readonly answers: readonly Answer[]
  readonly places: Places
  /** What a delay is a fraction of. */
  readonly timeoutMs: number
  /** Whether a request-target is that of this endpoint, and not of one that had the port before. */
  readonly isMine: (target: string) => boolean
}

/** A larger request is cut off: no event is that large. */
const maxRequestBytes = 16 * 1024 * 1024

/** So many reads of requests that were sent ahead are kept; the kernel holds the rest back. */
const maxAhead = 64

/** One connection that a webhook sender made: reads requests, answers each as its script says, and writes facts of both. */
export class SenderConnection {
  readonly #endpoint: Endpoint
  readonly #conn: string
  readonly #socket: Socket
  #request = new RequestInProgress()
  #answered = false
  #answering = false
  #ahead: Buffer[] = []
  #senderEnded = false
  #over = false

  constructor(endpoint: Endpoint, conn: string, socket: Socket) {
    this.#endpoint = endpoint
    this.#conn = conn
    this.#socket = socket
    endpoint.log.write({kind: 'connect', conn, client: endpoint.client})
    socket.on('data', (bytes: Buffer) => {
      endpoint.log.write({kind: 'in', conn, bytes: latin1(bytes)})
      this.#feed(bytes)
    })
    socket.on('end', () => {
      endpoint.log.write({kind: 'fin', conn, by: 'server'})
      this.#senderEnded = true
      this.#senderEnd()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#over) return
      this.#over = true
      const code = error.code ?? 'EUNKNOWN'
      endpoint.log.write({kind: 'reset', conn, by: 'server', error: code})
    })
    socket.on('close', () => {
      this.#over = true
    })
  }

  /** Ends our direction in order; the socket goes when the sender has ended its own. */
  fin(): void {
    if (this.#over) return
    this.#over = true
    this.#endpoint.log.write({kind: 'fin', conn: this.#conn, by: 'client'})
    this.#socket.end()
  }

  /** Sends RST. */
  reset(): void {
    if (this.#socket.destroyed) return
    this.#over = true
    this.#endpoint.log.write({kind: 'reset', conn: this.#conn, by: 'client'})
    this.#socket.resetAndDestroy()
  }

  /** Reads nothing more, and says nothing more. */
  stall(): void {
    this.#over = true
    this.#socket.pause()
  }

  #feed(bytes: Buffer): void {
    if (this.#over) return
    if (this.#request.ending === 'complete') {
      // Sent ahead of our answer: one request after the other, as RFC 9112 9.3.2 has it.
      this.#ahead.push(bytes)
      if (this.#ahead.length > maxAhead) this.#socket.pause()
      return
    }
    const request = this.#request
    for (const fact of request.push(bytes, this.#endpoint.now())) {
      const waits = fact.kind === 'head' && fact.framing.by !== 'none'
      if (waits && !this.#answered && expectsContinue(fact.head.headers)) void this.#write(goOn)
    }
    if (request.bodyBytes > maxRequestBytes) return this.#tooMuch()
    if (request.ending !== undefined) {
      if (this.#answered && request.ending === 'malformed') this.fin()
      else if (this.#answered) this.#next()
      else this.#whole(request, request.ending)
    } else if (!this.#answered && request.head && this.#endpoint.isMine(request.head.target)) {
      this.#early(request, request.head)
    }
  }

  /** Answers before the request is read whole, where that is asked for and its event is known. */
  #early(request: RequestInProgress, head: RequestHead): void {
    const {answers, client, ledger} = this.#endpoint
    if (!answers.some((answer) => answersEarly(answer, request.bodyBytes))) return
    const subject = ledger.subject(head, request.body, false)
    const answer = answerTo(answers, client, subject.marks.map(nameOf), ledger.next(subject))
    if (answersEarly(answer, request.bodyBytes)) this.#attempt(request, head, 'cut', answer)
  }

  #whole(request: RequestInProgress, ending: Ending): void {
    const {client, ledger, log} = this.#endpoint
    if (ending === 'complete' && request.head) {
      if (!this.#endpoint.isMine(request.head.target)) return this.#dismiss(request.head)
      const subject = ledger.subject(request.head, request.body, true)
      const {answers} = this.#endpoint
      const answer = answerTo(answers, client, subject.marks.map(nameOf), ledger.next(subject))
      this.#attempt(request, request.head, ending, answer)
      return
    }
    // RFC 9112 3 and 6.3: what is no request gets 400 and the end of the connection.
    const attempt = this.#record(request, request.head ?? nothing, ending)
    if (ending !== 'malformed') return
    void this.#write('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    log.write({kind: 'replied', client, conn: this.#conn, ...attempt, status: 400, how: 'complete'})
    this.fin()
  }

  /** Acknowledges what is no business of this endpoint, so that it is not sent again. */
  #dismiss(head: RequestHead): void {
    const {client, places} = this.#endpoint
    const reply = replyTo({do: 'answer', client}, head, places)
    this.#answered = true
    void this.#write(reply.bytes)
    if (reply.closes || this.#senderEnded) this.fin()
    else this.#next()
  }

  #attempt(request: RequestInProgress, head: RequestHead, ending: Ending, answer: Answer): void {
    const attempt = this.#record(request, head, ending)
    this.#answered = true
    this.#answering = true
    void this.#answer(head, answer, attempt)
  }

  /** Writes the `attempt` fact, and answers what it has in common with `replied`. */
  #record(
    request: RequestInProgress,
    head: RequestHead,
    ending: Ending,
  ): {attempt: number; marks: string[]} {
    const {client, ledger, log, now} = this.#endpoint
    const subject = ledger.subject(head, request.body, ending === 'complete')
    const attempt = ledger.count(subject)
    log.write({
      kind: 'attempt',
      client,
      conn: this.#conn,
      startedAt: Math.round((request.startedAt ?? now()) * 1000) / 1000,
      attempt,
      ...subject,
      method: head.method,
      target: head.target,
      headers: head.headers,
      body: latin1(request.body),
      ending,
    })
    return {attempt, marks: subject.marks}
  }

  async #answer(
    head: RequestHead,
    answer: Answer,
    attempt: {attempt: number; marks: string[]},
  ): Promise<void> {
    const {client, log, places, signal, timeoutMs} = this.#endpoint
    if (answer.delay) await pause(answer.delay * timeoutMs, signal)
    const reply = replyTo(answer, head, places)
    const bytes = answered(answer, reply)
    const sent = !this.#over && (bytes.length === 0 || (await this.#write(bytes)))
    const how = sent ? howOf(answer, reply, bytes) : 'silent'
    // Behind a cut head nothing of it can be relied on.
    const told = sent && bytes.length >= reply.headBytes
    const {status, location, retryAfter} = reply
    log.write({
      kind: 'replied',
      client,
      conn: this.#conn,
      ...attempt,
      how,
      ...(told && {status}),
      ...(told && location !== undefined && {location}),
      ...(told && retryAfter !== undefined && {retryAfter}),
    })
    this.#then(answer, reply, how)
  }

  #then(answer: Answer, reply: Reply, how: 'complete' | 'cut' | 'reset' | 'silent'): void {
    this.#answering = false
    if (answer.then === 'rst') return this.reset()
    if (answer.then === 'fin' || (how === 'complete' && (reply.closes || this.#senderEnded))) {
      return this.fin()
    }
    if (how === 'silent' || this.#senderEnded) return this.#senderEnd()
    if (this.#request.ending !== undefined) this.#next()
  }

  /** Goes on with the next request, once one is both answered and read. */
  #next(): void {
    if (this.#answering || this.#over) return
    const rest = Buffer.concat([this.#request.rest(), ...this.#ahead])
    this.#request = new RequestInProgress()
    this.#answered = false
    this.#ahead = []
    this.#socket.resume()
    if (rest.length > 0) this.#feed(rest)
  }

  #senderEnd(): void {
    if (!this.#senderEnded || this.#answering) return
    const request = this.#request
    if (request.startedAt !== undefined && request.ending === undefined) {
      request.end()
      if (!this.#answered && request.ending) this.#whole(request, request.ending)
    }
    this.fin()
  }

  #tooMuch(): void {
    const {log, now} = this.#endpoint
    const afterMs = Math.round(now() - (this.#request.startedAt ?? now()))
    log.write({
      kind: 'gaveUp',
      what: `reading a request of ${this.#request.bodyBytes} bytes`,
      afterMs,
    })
    this.reset()
  }

  /** Writes; true when the kernel has it all. */
  async #write(bytes: Buffer | string): Promise<boolean> {
    const text = typeof bytes === 'string' ? bytes : latin1(bytes)
    this.#endpoint.log.write({kind: 'out', conn: this.#conn, bytes: text})
    return await new Promise((resolve) => {
      const closed = (): void => resolve(false)
      this.#socket.once('close', closed)
      this.#socket.write(bytes, (error) => {
        this.#socket.off('close', closed)
        resolve(!error)
      })
    })
  }
}

const nothing: RequestHead = {
  method: '',
  target: '',
  version: '',
  headers: [],
  rawHead: '',
  start: 0,
  end: 0,
  oddities: [],
}

/** What of a reply goes out. */
function answered(answer: Answer, reply: Reply): Buffer {
  if (answer.reply === 'none') return Buffer.alloc(0)
  return typeof answer.reply === 'object'
    ? reply.bytes.subarray(0, answer.reply.cutAt)
    : reply.bytes
}

function howOf(
  answer: Answer,
  reply: Reply,
  sent: Buffer,
): 'complete' | 'cut' | 'reset' | 'silent' {
  // A reset can take even a whole answer from the sender's buffer (oracles/webhook.md 6).
  if (answer.then === 'rst') return 'reset'
  if (sent.length === reply.bytes.length) return 'complete'
  return answer.then === 'fin' ? 'cut' : 'silent'
}
