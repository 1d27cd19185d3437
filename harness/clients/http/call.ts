import type {Cut, HowToLeave} from '../../script/common.ts'
import type {Headers, Side} from '../../trace.ts'
import type {Log} from '../recorder.ts'
import type {Filled} from '../template.ts'

/** One request on a connection of its own, and who listens to what becomes of it. */
export interface HttpOrder {
  readonly client: string
  readonly origin: string
  readonly request: Filled
  readonly log: Log
  readonly over: 'raw' | 'undici'
  readonly cut?: Cut
  /** Keeps the last byte of the request back until it is released (raw only: a library writes when it likes). */
  readonly hold?: Hold
  /** The connection is there, and nothing is written yet. */
  readonly onConnected: (conn: string) => void
  /** The last byte of the request was handed to the kernel. */
  readonly onSent: () => void
  /** The head of the final response. */
  readonly onHead: (status: number, headers: Headers) => void
  /** A piece of the decoded body. */
  readonly onData: (bytes: Buffer) => void
}

/** The last byte of a request, kept back. */
export interface Hold {
  /** Says that all but the last byte is written. */
  readonly ready: () => void
  /** Resolves when the last byte may go. */
  readonly released: Promise<void>
}

/** How a response ended: `malformed` is no HTTP/1.1 (RFC 9112), `cut` is incomplete. */
export interface HttpEnd {
  readonly ending: 'complete' | 'cut' | 'malformed'
  readonly by: Side
}

/** A request under way. */
export interface HttpCall {
  readonly conn: string
  /** Never rejects. */
  readonly ended: Promise<HttpEnd>
  /** Ends the connection as told; but for `half` the response is cut there. */
  leave(how: HowToLeave): void
  /** Ends whatever is left of the connection. */
  close(): void
}
