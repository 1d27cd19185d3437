/** What one judge says of one trace: it reached the situation and all was well, or not, or it never got there. */
export type Verdict<Kind extends string = string> = Held | Broken<Kind> | Untried

/** The situation arose and the server did right. `labels` say which situations: the cover counters. */
export interface Held {
  readonly is: 'held'
  readonly labels: readonly string[]
  readonly note?: string
}

/** The server broke the rule. `kind` says how; `at` names the facts (indexes into the trace) that prove it. */
export interface Broken<Kind extends string = string> {
  readonly is: 'broken'
  readonly kind: Kind
  readonly expected: string
  readonly saw: string
  readonly at: readonly number[]
  /** Lowers the level of the invariant for this kind of fault; it can never raise it. */
  readonly level?: 'SHOULD' | 'MAY'
  /** An upper bound of time was passed: it counts only when it is passed again alone, three times of three. */
  readonly timed?: true
  /** Cases beside it may disturb it, since clients of one case were seen to disturb one another: it is repeated and shrunk by itself. */
  readonly alone?: true
  readonly note?: string
}

/** The trace does not reach the situation: nothing can be said, and that is not the same as `held`. */
export interface Untried {
  readonly is: 'untried'
  readonly because: string
}

/** The rule held in the situations named by `labels`. */
export function held(...labels: string[]): Held {
  return {is: 'held', labels}
}

/** The rule was broken; `details.at` are indexes of the proving facts in the trace. */
export function broken<Kind extends string>(
  kind: Kind,
  details: Omit<Broken<Kind>, 'is' | 'kind'>,
): Broken<Kind> {
  return {is: 'broken', kind, ...details}
}

/** The trace says nothing about the rule. */
export function untried(because: string): Untried {
  return {is: 'untried', because}
}
