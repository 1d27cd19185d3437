import {requestReader, type RequestFact, type RequestHead} from '../../models/http.ts'
import type {Ending} from '../../trace.ts'

/** The request that a connection is at: bytes in, until it is whole or broken. */
export class RequestInProgress {
  /** When its first byte was read, in ms of the trace; undefined before. */
  startedAt: number | undefined
  head: RequestHead | undefined
  ending: Ending | undefined
  bodyBytes = 0
  readonly #reader = requestReader()
  readonly #body: Buffer[] = []

  /** Takes bytes, and answers the facts that they complete. */
  push(bytes: Buffer, at: number): RequestFact[] {
    this.startedAt ??= at
    return this.#take(this.#reader.push(bytes))
  }

  /** The sender ended its direction: what is not whole is cut. */
  end(): void {
    this.#take(this.#reader.end())
  }

  /** What was read of the body, transfer coding removed. */
  get body(): Buffer {
    return Buffer.concat(this.#body)
  }

  /** Bytes behind a whole request: the next one, sent ahead. */
  rest(): Buffer {
    return this.#reader.rest()
  }

  #take(facts: RequestFact[]): RequestFact[] {
    for (const fact of facts) {
      switch (fact.kind) {
        case 'head':
          this.head = fact.head
          break
        case 'data':
          this.#body.push(fact.bytes)
          this.bodyBytes += fact.bytes.length
          break
        case 'complete':
          this.ending = 'complete'
          break
        case 'cut':
          this.ending = 'cut'
          break
        case 'malformed':
          this.ending = 'malformed'
          break
      }
    }
    return facts
  }
}
