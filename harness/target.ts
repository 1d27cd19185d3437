/**
 * The target as data: claims, limits and endpoints, with all defaults filled in. It is all that
 * behaviours and judges get, and it stands in the case file. `launch/` makes it from a description.
 */

export type Mechanism = 'poll' | 'longpoll' | 'sse' | 'ws' | 'webhook'

export const mechanisms: readonly Mechanism[] = ['poll', 'longpoll', 'sse', 'ws', 'webhook']

/** Where a value stands in a request or a response: a query parameter, a field, a place in a JSON body (JSON Pointer). */
export type Place = {readonly query: string} | {readonly header: string} | {readonly body: string}

/** Any JSON value. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | {readonly [key: string]: Json}

/** A request with placeholders. In a path they are percent-encoded; a string body is raw, any other is filled in and then encoded as JSON. */
export interface RequestTemplate {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly body?: Json
}

/** Closed ranges of status codes. */
export type Statuses = readonly (readonly [from: number, to: number])[]

export interface PublishEndpoint {
  readonly request: RequestTemplate
  /** Statuses of an accepted publish, default 200 to 299. */
  readonly accepted: Statuses
  readonly id?: Place
  /** A hook of the description publishes instead of the request. */
  readonly hook?: true
  /** The largest payload that is published, in bytes. */
  readonly maxBytes: number
  /** `text`: any Unicode text without U+0000; `line`: without line breaks; `token`: letters and digits. */
  readonly alphabet: 'text' | 'line' | 'token'
}

export interface PollEndpoint {
  readonly request: RequestTemplate
  readonly cursor: {
    /** Several places make a compound cursor. */
    readonly send: readonly Place[]
    readonly receive: readonly Place[]
    /** What a request without a cursor gets. */
    readonly start: 'oldest' | 'now'
    /** What a malformed cursor gets: a refusal with one of these statuses, or the same as no cursor. */
    readonly onGarbage: {readonly statuses: Statuses} | 'start'
    /** Answers may repeat events at the cursor itself. */
    readonly inclusive: boolean
    /** `queue`: an answer that was cut may have taken its events with it. */
    readonly kind: 'replay' | 'queue'
    /** A forged cursor can be made from a valid one by changing its text. */
    readonly opaque: boolean
  }
  readonly events: {
    /** `array`: at `pointer` of the JSON body; `single`: the whole body is one payload. */
    readonly shape: 'array' | 'single'
    readonly pointer: string
    readonly id?: string
    /** Pointer within one event, '' for the event itself; strings are taken as they are, other values as JSON. */
    readonly payload: string
  }
  /** How "nothing new" looks, besides an empty array; its cursor is the same place, or that of the request is kept. */
  readonly empty: {readonly statuses: Statuses; readonly cursor: 'receive' | 'keep'}
  readonly limit?: {readonly send: Place; readonly max: number}
  /** Answers bear an ETag and honour If-None-Match. */
  readonly etag: boolean
  /** Pointer to a boolean: there is more to be had at once. */
  readonly more?: string
  /** Time that a visible effect of an acknowledged publish may take, in ms. */
  readonly visibilityMs: number
}

export interface LongpollEndpoint extends PollEndpoint {
  readonly wait: {
    /** Where the wish for a hold is sent; absent where the server alone decides. */
    readonly send?: Place
    readonly unit: 'ms' | 's'
    /** Longest hold, and the hold without a wish, in ms. */
    readonly maxMs: number
    readonly defaultMs: number
    /** The hold may be this fraction longer. */
    readonly jitter: number
    /** From the acknowledgement of a publish, or the arrival of the poll if that is later, to the end of the answer. */
    readonly wakeMs: number
    /** Slack of an early and of a late answer, in ms. */
    readonly earlyMs: number
    readonly lateMs: number
  }
}

export interface SseEndpoint {
  readonly request: RequestTemplate
  /** Where a cursor is sent, default the Last-Event-ID field. */
  readonly cursor: Place
  /** `raw`: the event's data is the payload, line breaks normalised; else a JSON Pointer into the data. */
  readonly payload: 'raw' | {readonly pointer: string}
  /** What a stream without a cursor begins with. */
  readonly initial: 'live' | 'oldest'
  /** `head`: ready when the head is read; `probe`: a published probe must come back first. */
  readonly ready: 'head' | 'probe'
  /** Values of `event:` that are not application events. */
  readonly controlTypes: readonly string[]
}

export interface WsEndpoint {
  /** A WebSocket of which nothing but the protocol is known (a bare URL). */
  readonly plain?: {readonly path: string; readonly headers: Readonly<Record<string, string>>}
  readonly echo?: {readonly path: string; readonly headers: Readonly<Record<string, string>>}
  readonly subscribe?: {
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    /** `raw`: the message is the payload; else a JSON Pointer into it. */
    readonly payload: 'raw' | {readonly pointer: string}
    readonly id?: string
    readonly initial: 'live' | 'oldest'
    readonly ready: 'head' | 'probe'
  }
  readonly inbox?: WsInbox
  readonly subprotocols: readonly string[]
  /** Sends these as fields of every opening handshake. */
  readonly textOnly: boolean
  /** Declared largest message in bytes; larger ones must end the connection. */
  readonly maxMessage?: number
  /** Messages up to this size are accepted for sure, in bytes. */
  readonly guaranteedMessage: number
  /** A longer length form than needed must fail the connection. */
  readonly strictLengths: boolean
  /** A text message on the echo route that makes the server begin the closing handshake. */
  readonly closeTrigger?: string
  /** How long the server waits for an answer to its own Close before it closes TCP, in ms. */
  readonly closeTimeoutMs?: number
  /** The declared path is the only one: others are refused. */
  readonly singlePath: boolean
}

/** A route whose application applies numbered messages of its clients, with a control that shows what it applied. */
export interface WsInbox {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** What a message holds beside its number and its payload. */
  readonly message: Json
  /** Pointers to both in a message of the client; the number is a JSON number. */
  readonly number: string
  readonly payload: string
  /** The number of the first message. */
  readonly first: number
  /** Pointers, in a message of the server, to the number that it took or refused. */
  readonly ack: string
  readonly refusal: string
  /** Shows the messages that were applied, in order: an array at `messages`, the payload of each at `payload`. */
  readonly read: {
    readonly request: RequestTemplate
    readonly messages: string
    readonly payload: string
  }
}

export interface WebhookEndpoint {
  /** Absent where endpoints are static: then `slots` of them are given to the start command. */
  readonly register?: {
    readonly request: RequestTemplate
    readonly id?: Place
    readonly secret?: Place
  }
  readonly slots?: number
  readonly event: {
    readonly id?: Place
    /** How many events one request may hold, and where they are: '' = the body is one event. */
    readonly batch: {readonly max: number | 'inf'; readonly pointer: string}
    /** Pointer to the payload within one event; `raw` = the whole body. */
    readonly payload: 'raw' | {readonly pointer: string}
    /** The same id is used for all endpoints. */
    readonly fanoutId: 'same' | 'distinct'
  }
  readonly signature: {
    readonly scheme: 'standard-webhooks' | 'hub' | 'stripe' | 'token' | 'none'
    readonly headers: Readonly<Record<string, string>>
    readonly secret?: string
  }
  readonly ack: {
    readonly statuses: Statuses
    readonly point: 'headers' | 'body'
    readonly timeoutMs?: number
    readonly commitWithinMs: number
  }
  readonly retry?: {
    /** Least delays in ms before attempt 2, 3, …; `repeatLast` goes on with the last one. */
    readonly delaysMs: readonly number[]
    readonly repeatLast: boolean
    readonly maxAttempts: number | 'inf'
    readonly jitter: {readonly down: number; readonly up: number}
    /** Statuses after which nothing more is tried. */
    readonly permanent: Statuses
    readonly hiddenResends: number
    readonly retryAfter: {readonly statuses: Statuses; readonly capMs: number} | 'ignored'
    readonly pollMs: number
    readonly slackMs: number
  }
  readonly redirect: 'never' | 'follow'
  /** A 410 ends the endpoint. */
  readonly gone: boolean
  /** Attempts of one event may hold up those of others at its endpoint. */
  readonly headOfLine: boolean
  /** After a restart, pending work is taken up again within this time, in ms. */
  readonly recoveryMs: number
}

/** What the target promises. Silence never means "claims it". */
export interface Claims {
  /** A reader that comes back is given what it missed: at least this many events and this many ms back. */
  readonly resume?: {readonly events: number; readonly ms: number}
  readonly ordering: 'total' | 'per-publisher' | 'none'
  readonly delivery: Readonly<Partial<Record<Mechanism, Delivery>>>
  /** What was acknowledged survives SIGKILL. */
  readonly durable: boolean
  /** What becomes of a numbered client message that comes before an earlier one; one that comes again is applied once. */
  readonly outOfOrder?: OutOfOrder
}

/** It waits for the earlier one, it is refused by an answer, or it is applied as it comes. */
export type OutOfOrder = 'reordered' | 'refused' | 'as-it-comes'

export type Delivery = 'exactly-once' | 'at-least-once' | 'at-most-once'

/** How long things may take, in ms, and how many at once. */
export interface Limits {
  readonly connectMs: number
  /** From a request to the head of its response. */
  readonly headMs: number
  /** From the end of a short poll's request to the end of its answer. */
  readonly answerMs: number
  /** From the acknowledgement of a publish to its arrival at every reader. */
  readonly deliverMs: number
  readonly publishMs: number
  /** Silence that counts as "nothing more comes". */
  readonly quietMs: number
  readonly handshakeMs: number
  readonly failMs: number
  readonly closeMs: number
  readonly tcpCloseMs: number
  readonly pongMs: number
  readonly maxConnections: number
  /** Cases begun per second at the most. */
  readonly maxRate: number
  /** Allowance on every declared time, in ms. */
  readonly slackMs: number
}

export interface Target {
  readonly name: string
  /** `fresh`: every case has a channel of its own; `single`: all share one. */
  readonly channel: 'fresh' | 'single'
  readonly publish?: PublishEndpoint
  readonly poll?: PollEndpoint
  readonly longpoll?: LongpollEndpoint
  readonly sse?: SseEndpoint
  readonly ws?: WsEndpoint
  readonly webhook?: WebhookEndpoint
  readonly claims: Claims
  readonly limits: Limits
  /** The harness starts it, and so can restart it with its folder kept. */
  readonly restartable: boolean
  readonly waive: Readonly<Record<string, string>>
}

/** The mechanisms that the target declares. */
export function declared(target: Target): Mechanism[] {
  return mechanisms.filter((mechanism) => target[mechanism] !== undefined)
}

/** Whether a status lies in one of the ranges. */
export function statusIn(statuses: Statuses, status: number): boolean {
  return statuses.some(([from, to]) => status >= from && status <= to)
}
