import {responseReader, type BodyFact} from '../../models/http.ts'
import {sseReader, type SseReader} from '../../models/sse.ts'
import type {Cut} from '../../script/common.ts'
import {cutAfter, type IncomingCut} from '../faults.ts'

/**
 * The cut of a response to `method` as the wire needs it. `response` counts bytes on the wire; `body` counts
 * bytes of the decoded body, behind `events` whole events of an event stream (HTML 9.2.6) where that is given.
 */
export function cutterOf(cut: Cut, method: string): IncomingCut {
  if (cut.of === 'response') return cutAfter(cut.bytes, cut.how)
  return {within: new BodyCut(cut, method).within, how: cut.how}
}

class BodyCut {
  readonly #bytes: number
  readonly #http
  readonly #events: SseReader | undefined
  #eventsLeft: number
  /** Wire position of the first byte that was not told yet. */
  #position = 0
  /** Offset in the body behind the last event that counts. */
  #base: number | undefined

  constructor({bytes, events = 0}: Cut, method: string) {
    this.#bytes = bytes
    this.#http = responseReader(method)
    this.#eventsLeft = events
    if (events === 0) this.#base = 0
    else this.#events = sseReader()
  }

  readonly within = (chunk: Buffer): number | undefined => {
    const start = this.#position
    this.#position += chunk.length
    for (const fact of this.#http.push(chunk)) {
      const at = fact.kind === 'head' ? this.#atHead(fact.head.end) : this.#inBody(fact)
      if (at !== undefined) return Math.max(0, at - start)
    }
    return undefined
  }

  #atHead(end: number): number | undefined {
    return this.#base !== undefined && this.#bytes === 0 ? end : undefined
  }

  #inBody(fact: BodyFact | {kind: 'interim'}): number | undefined {
    if (fact.kind !== 'data') return undefined
    if (this.#base === undefined) this.#countEvents(fact.bytes)
    if (this.#base === undefined) return undefined
    const offset = this.#base + this.#bytes - fact.bodyAt
    return offset <= fact.bytes.length ? fact.at + Math.max(0, offset) : undefined
  }

  #countEvents(bytes: Buffer): void {
    for (const fact of this.#events?.push(bytes) ?? []) {
      if (fact.kind === 'event' && --this.#eventsLeft === 0) this.#base = fact.endByte
    }
  }
}
