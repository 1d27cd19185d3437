import {sseReader, type SseReader} from '../../models/sse.ts'
import type {HowToLeave} from '../../script/common.ts'
import type {Play} from '../driver.ts'
import {callHttp, type HttpCall} from '../http.ts'
import {deferred} from '../within.ts'
import {tellEvents, type Stream, type StreamEnd, type StreamOrder} from './stream.ts'

/** A stream that has sent more than this is cut off, in bytes. */
const mostStreamBytes = 16 * 1024 * 1024

/** Opens a stream raw or by undici, and reads it by the grammar of HTML 9.2.5; undefined when no connection came about. */
export async function openByHttp(
  play: Play,
  order: StreamOrder & {readonly over: 'raw' | 'undici'},
): Promise<Stream | undefined> {
  const reading = new Reading(order)
  const call = await callHttp(play, {...order, onData: (bytes) => reading.take(bytes)})
  return call && reading.of(call)
}

class Reading implements Stream {
  readonly #order: StreamOrder
  readonly #reader: SseReader
  readonly #end = deferred<StreamEnd>()
  #call: HttpCall | undefined
  #bytes = 0
  #over = false

  constructor(order: StreamOrder) {
    this.#order = order
    this.#reader = sseReader({lastEventId: order.lastEventId})
  }

  get conn(): string {
    return this.#call?.conn ?? ''
  }

  get ended(): Promise<StreamEnd> {
    return this.#end.promise
  }

  of(call: HttpCall): this {
    this.#call = call
    void call.ended.then(({by}) => this.#finish(by))
    return this
  }

  take(bytes: Buffer): void {
    if (this.#over) return
    this.#bytes += bytes.length
    if (this.#bytes > mostStreamBytes) {
      this.#order.log.write({kind: 'gaveUp', what: 'a stream above 16 MiB', afterMs: 0})
      this.leave('rst')
      return
    }
    tellEvents(this.#order, this.#reader.push(bytes))
  }

  lastEventId(): string {
    return this.#reader.lastEventId()
  }

  leave(how: HowToLeave): void {
    this.#call?.leave(how)
    this.#finish('client')
  }

  close(): void {
    this.#call?.close()
    this.#finish('client')
  }

  #finish(by: StreamEnd['by']): void {
    if (this.#over) return
    this.#over = true
    const partial = this.#reader.end().some((fact) => fact.kind === 'unfinished')
    this.#end.resolve({by, partial})
  }
}
