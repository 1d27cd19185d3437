import type {Fact, FactKind, FactOf, Trace, Unstamped} from '../trace.ts'

/** Where a step writes what it does and sees: the recorder, bound to the index of the step. */
export interface Log {
  write(fact: Unstamped): void
}

type Listener = (fact: Fact) => void

/** Collects the facts of one case, and lets drivers wait for a fact instead of for time. */
export class Recorder {
  readonly #facts: Fact[] = []
  readonly #listeners = new Set<Listener>()
  readonly #start = performance.now()
  #open = true

  /** Milliseconds since the case began, monotonic. */
  now(): number {
    return performance.now() - this.#start
  }

  /** Adds a fact, stamped now; after `close` it is dropped. */
  write(fact: Unstamped, step = -1): void {
    if (!this.#open) return
    const stamped = {...fact, at: Math.round(this.now() * 1000) / 1000, step} as Fact
    this.#facts.push(stamped)
    for (const listener of this.#listeners) listener(stamped)
  }

  /** A log for the step of that index. */
  for(step: number): Log {
    return {write: (fact) => this.write(fact, step)}
  }

  get trace(): Trace {
    return this.#facts
  }

  /** Ends the record: the tidying up that follows is no part of the case. */
  close(): void {
    this.#open = false
    this.#listeners.clear()
  }

  /**
   * Waits for a fact of that kind for which `wanted` holds, past facts included.
   * Answers undefined after `ms`, or when the signal aborts.
   */
  async until<Kind extends FactKind>(
    kind: Kind,
    wanted: (fact: FactOf<Kind>) => boolean,
    ms: number,
    signal: AbortSignal,
  ): Promise<FactOf<Kind> | undefined> {
    const matches = (fact: Fact): fact is FactOf<Kind> & Fact =>
      fact.kind === kind && wanted(fact as FactOf<Kind>)
    const past = this.#facts.find(matches)
    if (past || signal.aborted || !this.#open) return past
    return await new Promise((resolve) => {
      const done = (fact?: FactOf<Kind>): void => {
        clearTimeout(timer)
        this.#listeners.delete(listener)
        signal.removeEventListener('abort', aborted)
        resolve(fact)
      }
      const listener: Listener = (fact) => {
        if (matches(fact)) done(fact)
      }
      const aborted = (): void => done()
      const timer = setTimeout(done, ms)
      this.#listeners.add(listener)
      signal.addEventListener('abort', aborted)
    })
  }

  /** Calls `listener` for every later fact, until the function that it answers is called. */
  follow(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
