import type {Answer} from '../script/webhook.ts'
import type {ClientStep} from '../script/script.ts'
import type {Marks} from './marks.ts'
import type {Log, Recorder} from './recorder.ts'
import type {Service} from './service.ts'

/** What a driver needs of the case that it plays in. */
export interface Play {
  readonly service: Service
  readonly recorder: Recorder
  readonly marks: Marks
  /** Aborts when the case is over or out of time. */
  readonly signal: AbortSignal
  /** The name on the target of a channel of the script; the default channel without a name. */
  channel(name?: string): string
  /** Runs something that only waits; the working slot of the case is free meanwhile. */
  waiting<Result>(wait: () => Promise<Result>): Promise<Result>
  /** The scripted answers of one webhook receiver. */
  answers(client: string): readonly Answer[]
}

/** One client of a script. It writes facts, never judges, and swallows network errors into facts; anything else that it throws is a fault of the harness. */
export interface Driver {
  /** Performs a step of this client; the first is its `open`. A step that makes no sense now does nothing. */
  perform(step: ClientStep, log: Log): Promise<void>
  /** Waits until the client was given what it may be owed and then is quiet; writes `settled`, or nothing when it cannot be said. */
  settle(log: Log): Promise<void>
  /** Ends every connection of the client at once. Never throws. */
  end(): Promise<void>
}

/** Makes the driver of a client; it connects only in `perform`. */
export type OpenDriver = (play: Play, client: string) => Driver
