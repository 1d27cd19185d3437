import type {Framing} from './http-framing.ts'

/** What heads have in common; `start` and `end` are wire positions, `end` is exclusive. */
export interface HeadFields {
  version: string
  headers: [name: string, value: string][]
  /** All bytes of the head with its last empty line, as latin1. */
  rawHead: string
  start: number
  end: number
  /** Leniencies used: bare-lf, obs-fold, leading-empty-line, space-before-colon, … */
  oddities: string[]
}

/** The head of a response, final or interim. */
export interface ResponseHead extends HeadFields {
  status: number
  reason: string
}

/** The head of a request. */
export interface RequestHead extends HeadFields {
  method: string
  target: string
}

/** The facts that follow a head; positions count wire bytes, `bodyAt` counts decoded body bytes. */
export type BodyFact =
  | {kind: 'data'; bytes: Buffer; at: number; bodyAt: number}
  | {kind: 'complete'; end: number; bodyBytes: number; trailers: [string, string][]}
  /** The connection ended first; `within: 'nothing'` means before the first byte. */
  | {kind: 'cut'; at: number; within: 'nothing' | 'head' | 'body'; bodyBytes: number}
  /** `offset` is the first byte of the line or element that breaks the grammar or a limit. */
  | {kind: 'malformed'; offset: number; why: string}

/** What a response reader yields. */
export type ResponseFact =
  | {kind: 'interim'; head: ResponseHead}
  | {kind: 'head'; head: ResponseHead; framing: Framing}
  | BodyFact

/** What a request reader yields. */
export type RequestFact = {kind: 'head'; head: RequestHead; framing: Framing} | BodyFact

/** Hard limits in bytes; what exceeds one is `malformed`. */
export interface HttpLimits {
  headBytes: number
  chunkLineBytes: number
}

/** The limits that hold when none are given. */
export const defaultHttpLimits: HttpLimits = {headBytes: 65_536, chunkLineBytes: 4_096}

/** A reader of one message; both methods return the new facts and never throw on any input. */
export interface HttpReader<Fact> {
  /** Feeds received bytes. `data` facts are views of them. */
  push(bytes: Uint8Array): Fact[]
  /** Says that the peer closed its direction; ends close-delimited bodies, cuts all others. */
  end(): Fact[]
  /** True after complete, cut or malformed: nothing more will be yielded. */
  readonly done: boolean
  /** Received bytes that lie after the message (empty before `complete`). */
  rest(): Buffer
}

/** Where reading starts on the wire, and limits that differ from the default. */
export interface HttpReaderOptions {
  offset?: number
  limits?: Partial<HttpLimits>
}
