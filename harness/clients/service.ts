import type {Target} from '../target.ts'
import type {Outcome} from '../trace.ts'
import type {ReceiverPool} from './receivers.ts'

/** What a `publish` hook of a description is told. */
export interface PublishContext {
  readonly origin: string
  readonly channel: string
  readonly payload: string
  readonly signal: AbortSignal
}

/** What a `publish` hook says: what became of it, and a token that stands for the event where its payload does not travel. */
export interface PublishResult {
  readonly outcome: Outcome
  readonly status?: number
  readonly id?: string
  readonly token?: string
}

/** The functions of a description; only clients call them. */
export interface Hooks {
  readonly publish?: (context: PublishContext) => Promise<PublishResult>
}

/** A target that is up: its data, where it listens, and what can be done to it. */
export interface Service {
  readonly target: Target
  /** Base URLs without a trailing slash, `http://127.0.0.1:8080`, one per node. */
  readonly origins: readonly string[]
  /** Sent with every request; secrets are filled in. */
  readonly headers: Readonly<Record<string, string>>
  readonly hooks: Hooks
  /** Stops the target by the signal, waits, starts it again on the same port and folder, and waits until it is ready. */
  readonly restart?: (signal: 'SIGKILL' | 'SIGTERM', downMs: number) => Promise<void>
  /** Static webhook receivers, where the target's endpoints cannot be registered. */
  readonly receivers?: ReceiverPool
}
