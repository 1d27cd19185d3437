import type {SseFact} from '../../models/sse.ts'
import type {Cut, HowToLeave} from '../../script/common.ts'
import type {Headers, Side} from '../../trace.ts'
import type {Log} from '../recorder.ts'
import type {Filled} from '../template.ts'

/** An event as a client was given it. */
export interface Dispatched {
  readonly type: string
  readonly data: string
  /** The last event id after it (HTML 9.2.6). */
  readonly lastEventId: string
  /** Whether its own block had an id. */
  readonly ownId: boolean
}

/** A stream to be opened, and who listens to it. */
export interface StreamOrder {
  readonly client: string
  readonly origin: string
  readonly request: Filled
  readonly log: Log
  /** The last event id before this stream. */
  readonly lastEventId: string
  readonly cut?: Cut
  readonly onConnected: (conn: string) => void
  readonly onSent: () => void
  readonly onHead: (status: number, headers: Headers) => void
  readonly onEvent: (event: Dispatched) => void
}

/** How a stream ended; `partial` with an event of which only a part had come. */
export interface StreamEnd {
  readonly by: Side
  readonly partial: boolean
}

/** An open stream. */
export interface Stream {
  readonly conn: string
  /** The last event id of what was read so far. */
  lastEventId(): string
  /** Never rejects. */
  readonly ended: Promise<StreamEnd>
  /** Ends it as told; nothing that comes after is listened to. */
  leave(how: HowToLeave): void
  /** Ends whatever is left of the connection. */
  close(): void
}

/** Tells the listener of a stream which events its reader found. */
export function tellEvents({onEvent}: StreamOrder, facts: readonly SseFact[]): void {
  for (const fact of facts) {
    if (fact.kind !== 'event') continue
    const {data, id, lastEventId, type} = fact
    onEvent({type, data, lastEventId, ownId: id !== null})
  }
}
