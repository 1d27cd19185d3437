import {responseReader, type HttpReader, type ResponseFact} from '../../models/http.ts'
import type {Bytes, Ending, Unstamped} from '../../trace.ts'
import type {Log} from '../recorder.ts'

/** What a WebSocket client wants to know of its handshake. */
export interface HandshakeWatch {
  readonly client: string
  readonly route: string
  /** Of the request: it decides how the answer is framed (RFC 9112 6.3). */
  readonly method: string
  /** Length of the request in bytes; what goes out behind it is early. Absent: it ends with the first empty line. */
  readonly requestBytes?: number
  /** The handshake is over; with status 101 the connection carries frames from now on. */
  readonly onDone: (status: number | undefined, ending: Ending) => void
  /** Bytes of frames came in; their fact is written. */
  readonly onFrames: (bytes: Buffer) => void
}

type Incoming = Extract<Unstamped, {kind: 'in'}>

/** A longer answer to a handshake is read no further. */
const maxAnswerBytes = 1024 * 1024

/**
 * The log of one WebSocket connection: passes the wire facts on, and puts the `handshake` fact between those of
 * the handshake and those of frames. An `in` fact that holds both is split at the end of the head.
 */
export class HandshakeLog implements Log {
  readonly #log: Log
  readonly #watch: HandshakeWatch
  readonly #reader: HttpReader<ResponseFact>
  #conn = ''
  #sent = ''
  #received = ''
  #head: {status: number; raw: Bytes; start: number} | undefined
  /** Where the answer ends; what lies behind it answers what went out early. */
  #end = Infinity
  #over = false
  /** The answer came before the request was out: how it ended, and what came behind it. */
  #answered: {ending: Ending; behind: Incoming[]} | undefined

  constructor(log: Log, watch: HandshakeWatch) {
    this.#log = log
    this.#watch = watch
    this.#reader = responseReader(watch.method)
  }

  get over(): boolean {
    return this.#over
  }

  write(fact: Unstamped): void {
    if (fact.kind === 'in') return this.#incoming(fact)
    this.#log.write(fact)
    if (this.#over) return
    if (fact.kind === 'out') {
      this.#conn = fact.conn
      this.#sent += fact.bytes
      if (this.#answered && this.#isSent()) this.#done(this.#answered.ending)
    }
    if (fact.kind === 'reset') this.#done(this.#answered?.ending ?? 'cut')
    if (fact.kind !== 'fin' || this.#answered) return
    if (fact.by === 'server') this.#complete(this.#ended())
    else this.#done('cut')
  }

  /** The client waits no longer: whatever is missing of the response is not coming. */
  giveUp(): void {
    this.#done(this.#answered?.ending ?? 'timeout')
  }

  #incoming(fact: Incoming): void {
    if (this.#over) {
      this.#log.write(fact)
      this.#watch.onFrames(Buffer.from(fact.bytes, 'latin1'))
      return
    }
    if (this.#answered) {
      this.#answered.behind.push(fact)
      return
    }
    const before = this.#received.length
    this.#received += fact.bytes
    const ending = this.#read(this.#reader.push(Buffer.from(fact.bytes, 'latin1')))
    // RFC 6455 4.1: behind the head of a 101 there are frames, and nothing else.
    const upgraded = this.#head?.status === 101
    const headBytes = upgraded ? this.#received.length - this.#reader.rest().length : Infinity
    const own = fact.bytes.slice(0, headBytes - before)
    const behind = fact.bytes.slice(own.length)
    this.#log.write({...fact, bytes: own})
    if (ending) this.#complete(ending)
    else if (this.#received.length > maxAnswerBytes) this.#complete('cut')
    if (behind.length > 0) this.#incoming({...fact, bytes: behind})
  }

  #read(facts: readonly ResponseFact[]): Ending | undefined {
    for (const fact of facts) {
      if (fact.kind === 'head') {
        const {rawHead, start, status} = fact.head
        this.#head = {status, raw: rawHead, start}
      }
      if (fact.kind === 'complete') this.#end = fact.end
      if (fact.kind === 'complete' || fact.kind === 'cut' || fact.kind === 'malformed') {
        return fact.kind
      }
    }
    return undefined
  }

  #ended(): Ending {
    return this.#read(this.#reader.end()) ?? 'cut'
  }

  /** Of a 101 the head; of anything else all that came, interim responses left out. */
  #response(): Bytes {
    if (this.#head?.status === 101) return this.#head.raw
    return this.#received.slice(this.#head?.start ?? 0, this.#end)
  }

  #isSent(): boolean {
    return this.#sent.length >= (this.#watch.requestBytes ?? 0)
  }

  /** The answer is over; a judge needs all of the request to say whether it may be so. */
  #complete(ending: Ending): void {
    if (this.#isSent()) this.#done(ending)
    else this.#answered = {ending, behind: []}
  }

  #done(ending: Ending): void {
    if (this.#over) return
    this.#over = true
    const {client, onDone, route} = this.#watch
    const requestBytes = this.#watch.requestBytes ?? headEnd(this.#sent)
    const early = this.#sent.slice(requestBytes)
    const status = this.#head?.status
    this.#log.write({
      kind: 'handshake',
      client,
      conn: this.#conn,
      request: this.#sent.slice(0, requestBytes),
      response: this.#response(),
      ...(status !== undefined && {status}),
      ...(early.length > 0 && {early}),
      route,
      ending,
    })
    onDone(status, ending)
    for (const fact of this.#answered?.behind ?? []) this.#incoming(fact)
  }
}

function headEnd(sent: Bytes): number {
  const end = sent.indexOf('\r\n\r\n')
  return end < 0 ? sent.length : end + 4
}
