import type {CloseBody} from './close-body.ts'
import type {Violation} from './header-rules.ts'
import type {RuleName} from './rules.ts'

/** A whole message that the receiver owes to its application (oracle: M). */
export interface Message {
  readonly type: number
  readonly bytes: Buffer
  readonly first: number
  /** Index of the frame that completes it. */
  readonly last: number
  readonly at: number
  readonly features: ReadonlySet<RuleName>
}

/** A ping to be answered (oracle: G). */
export interface Ping {
  readonly payload: Buffer
  readonly index: number
  readonly at: number
}

/** A failure that may, or must, happen from frame `index` on (oracle: F). */
export interface Failure extends Violation {
  readonly index: number
  readonly at: number
}

/** The first failure that must happen; nothing behind it counts. */
export interface Doom {
  readonly rule: RuleName
  readonly index: number
  readonly at: number
  /** Whether no other rule, nor an earlier frame, can explain the failure. */
  readonly sole: boolean
  /** Body of the Close that breaks the rule, where it is one. */
  readonly body?: CloseBody
}

/** The client's first well-formed Close (oracle: K). */
export interface ClientClose {
  readonly index: number
  readonly at: number
  readonly body: CloseBody
  readonly midMessage: boolean
  /** Bytes of the message that it broke off. */
  readonly partial: Buffer
}
