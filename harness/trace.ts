/**
 * The one record of what happened in a case: typed facts in order of happening, plain JSON.
 * Drivers write facts and never judge; judges read facts and never wait.
 */

/** Bytes as a string of code points 0 to 255, one per byte (latin1), so that a trace is plain JSON. */
export type Bytes = string

export type Side = 'client' | 'server'

/** What became of a publish: only `acked` may be demanded, only `refused` may be forbidden. */
export type Outcome = 'acked' | 'refused' | 'unknown'

/** How a response or an answer ended. */
export type Ending = 'complete' | 'cut' | 'malformed' | 'timeout'

/** Facts of the wire. `conn` names one TCP connection, `<client>.<number>`. */
export interface WireFacts {
  /** A TCP connection was established (by the client, or by the server to a webhook receiver). */
  connect: {conn: string; client: string}
  /** No TCP connection came about; `error` is the system's code. */
  refused: {conn: string; client: string; error: string}
  /** Bytes handed to the kernel by the client; stamped before the write. */
  out: {conn: string; bytes: Bytes}
  /** Bytes read by the client; stamped on the read. Bytes beyond a scripted cut are not here. */
  in: {conn: string; bytes: Bytes}
  /** One direction was ended in order. */
  fin: {conn: string; by: Side}
  /** The connection was reset, or ended with an error. */
  reset: {conn: string; by: Side; error?: string}
}

/** Facts of publishing and reading, shared by the mechanisms. */
export interface DeliveryFacts {
  /** A publish begins; stamped before its first byte. `payload` is the whole text that is published. */
  publishing: {as: string; mark: string; by: string; channel: string; payload: string; bare?: true}
  /** A publish ended. `id` is what the server named the event, where it says so. */
  published: {as: string; mark: string; outcome: Outcome; status?: number; id?: string}
  /** A request goes out; stamped before its first byte. `name` is unique in the trace. */
  request: {
    client: string
    conn: string
    name: string
    via: string
    /** The channel that is read, by its name on the target. */
    channel: string
    method: string
    target: string
    /** Where the reader asks to go on: an opaque cursor, or absent for the server's default. */
    cursor?: string
    /** How that cursor came about: `last` and `same` follow the chain; anything else starts anew. */
    from: From
    /** How long the server was asked to hold, in ms (long poll). */
    waitMs?: number
    limit?: number
    conditional?: true
  }
  /** The last byte of a request was handed to the kernel. */
  sent: {client: string; request: string}
  /** The head of the response was read. */
  response: {client: string; conn: string; request: string; status: number; headers: Headers}
  /** A poll was answered, or was not. `cursor` is where the next poll goes on; `class` as decoded by the target description. */
  answer: {
    client: string
    conn: string
    request: string
    ending: Ending
    class: 'events' | 'empty' | 'unchanged' | 'refused' | 'undeclared' | 'none'
    count: number
    status?: number
    cursor?: string
    etag?: string
    /** True when the server said that it has more to give at once. */
    more?: boolean
    /** How an answer of class `undeclared` begins. */
    begins?: string
  }
  /** A stream is ready: every later publish is owed to it. */
  opened: {client: string; conn: string; via: string; request: string; from: From; cursor?: string}
  /** One event reached a reader, whole. `mark` is absent when no mark of this run is in it. */
  event: {
    client: string
    conn: string
    via: string
    channel: string
    request?: string
    mark?: string
    id?: string
    /** The resume position after this event, where it is not the id. */
    cursor?: string
    type?: string
    data: string
  }
  /** The stream ended. `partial`: with an event of which only a part had arrived. */
  closed: {client: string; conn: string; by: Side; code?: number; partial?: true}
  /** A reader has been quiet for long enough; `waitedMs` is the time it watched without news. */
  settled: {client: string; waitedMs: number}
  /** The whole channel was read from its oldest event until empty, twice the same. */
  drained: {client: string; channel: string; marks: string[]}
}

/** How a reader came to its position. */
export type From = 'live' | 'start' | 'last' | 'same' | 'named' | 'forged'

/** Response or request fields in wire order, names as written. */
export type Headers = readonly (readonly [name: string, value: string])[]

/** Facts of WebSocket and of webhooks. */
export interface MechanismFacts {
  /**
   * The opening handshake: the raw request head, and of the answer the head of a 101, or all of any
   * other one; empty when none came. Later `out` and `in` facts of `conn` are frames.
   */
  handshake: {
    client: string
    conn: string
    request: Bytes
    response: Bytes
    status?: number
    /** Bytes of frames that went out together with the request, before the 101. */
    early?: Bytes
    /** `echo`, `subscribe` or another declared route; `unknown` for a path that none has. */
    route: string
    ending: Ending
  }
  /** A numbered message goes out on an `inbox` connection; stamped before the write. `number` counts from 1. */
  submitting: {client: string; conn: string; channel: string; number: number; mark: string}
  /** The server said of a number what became of it. */
  receipt: {
    client: string
    conn: string
    channel: string
    number: number
    outcome: 'acked' | 'refused'
  }
  /** The control of the inbox showed these messages; `askedAt` is when it was asked, in ms of the trace. */
  inbox: {client: string; channel: string; marks: string[]; askedAt: number}
  /**
   * A webhook endpoint is known to the target, and listens (again). `secret` verifies its signatures.
   * A `closed` fact of the client whose `conn` is empty says that it refuses connections from now on.
   */
  registered: {client: string; url: string; id?: string; secret?: string; channel: string}
  /**
   * One webhook request was read, or as much of it as came or was wanted (`ending` is `cut` then).
   * `attempt` counts from 1 per mark and endpoint.
   */
  attempt: {
    client: string
    conn: string
    /** When its first byte was read, in ms of the trace. */
    startedAt: number
    attempt: number
    marks: string[]
    eventId?: string
    method: string
    target: string
    headers: Headers
    body: Bytes
    ending: Ending
  }
  /**
   * What the receiver did with an attempt, when it was done: the last byte written, or the reset that
   * follows (`reset`, even behind a whole answer). `silent`: no or no more bytes, the connection is
   * left to the sender. `status` stands here when the whole head was written.
   */
  replied: {
    client: string
    conn: string
    attempt: number
    marks: string[]
    status?: number
    how: 'complete' | 'cut' | 'reset' | 'silent'
    /** Value of Location and of Retry-After that were sent. */
    location?: string
    retryAfter?: string
  }
  /** A request reached a place that only a Location header named. */
  canary: {client: string; conn: string; method: string; target: string}
}

/** Facts of the run around the case. */
export interface RunFacts {
  /** The harness's own event loop stood still for this long, in ms. */
  lag: {ms: number}
  /** The target was told to stop by this signal. */
  stopping: {signal: string}
  /** The target is up again and ready. */
  restarted: {downMs: number}
  /** The target's process ended by itself. */
  died: {code?: number; signal?: string}
  /** The script is over; the clients watched until here. */
  ended: {steps: number}
  /** A step did not end before its deadline, and was given up. */
  gaveUp: {what: string; afterMs: number}
}

type Bodies = WireFacts & DeliveryFacts & MechanismFacts & RunFacts

export type FactKind = keyof Bodies

/** When and by which step: `at` is ms since the start of the trace (monotonic), `step` the index of its step, -1 for the harness. */
interface Stamp {
  readonly at: number
  readonly step: number
}

type Facts = {[Kind in FactKind]: Stamp & {readonly kind: Kind} & Readonly<Bodies[Kind]>}

/** A fact of one kind. */
export type FactOf<Kind extends FactKind> = Facts[Kind]

export type Fact = Facts[FactKind]

export type Trace = readonly Fact[]

/** What a driver hands to the recorder: a fact without its stamp. */
export type Unstamped = {
  [Kind in FactKind]: {kind: Kind} & Bodies[Kind]
}[FactKind]

/** The facts of one kind, in order. */
export function only<Kind extends FactKind>(trace: Trace, kind: Kind): FactOf<Kind>[] {
  return trace.filter((fact) => fact.kind === kind) as FactOf<Kind>[]
}

/** The clock that measures the harness's own lag tells of a standstill this much later, in ms, at the latest. */
const lagToldMs = 15

/** How long the harness itself stood still in a stretch of time, in ms: so much later may it have seen what came (design: time). */
export function lagMs(trace: Trace, from: number, until: number): number {
  return only(trace, 'lag')
    .filter((lag) => lag.at >= from && lag.at - lag.ms <= until)
    .reduce((sum, lag) => sum + lag.ms, 0)
}

/** Whether all that could excuse a lateness at `at` is in the trace by now: a later standstill excuses nothing. */
export function lagIsKnown(trace: Trace, at: number): boolean {
  return (trace.at(-1)?.at ?? 0) >= at + lagToldMs
}

/** The indexes of some facts in their trace, as `broken(…).at` wants them. */
export function indexes(trace: Trace, facts: readonly Fact[]): number[] {
  return facts.map((fact) => trace.indexOf(fact)).filter((index) => index >= 0)
}

/** Computes something once per trace, however many judges ask for it. */
export function memo<Key extends object, Result>(
  compute: (trace: Trace, key: Key) => Result,
): (trace: Trace, key: Key) => Result {
  const perTrace = new WeakMap<Trace, WeakMap<Key, Result>>()
  return (trace, key) => {
    let known = perTrace.get(trace)
    if (!known) perTrace.set(trace, (known = new WeakMap<Key, Result>()))
    if (!known.has(key)) known.set(key, compute(trace, key))
    return known.get(key)!
  }
}
