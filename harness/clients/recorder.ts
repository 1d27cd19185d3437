import type {Fact, FactKind, FactOf, Trace, Unstamped} from '../trace.ts'

/** Where a step writes what it does and sees: the recorder, bound to the index of the step. */
export interface Log {
  write(fact: Unstamped): void
}

type Listener = (fact: Fact) => void

/** What the facts of one case may hold, in bytes: a server that sends more is a flood. */
const mostHeld = 32 * 1024 * 1024
/** What all open cases may hold together; above it, each that holds more than `little` is cut off. */
const mostHeldTogether = 20 * 1024 * 1024
const little = 1024 * 1024
/** What a fact takes besides its text, in bytes (measured: 200 to 300). */
const factBytes = 256

/** What the facts of all open cases hold, in bytes. */
export interface Held {
  bytes: number
}

function bytesOf(fact: Unstamped): number {
  if ('bytes' in fact) return factBytes + fact.bytes.length
  return factBytes + ('data' in fact ? fact.data.length : 0)
}

/** Collects the facts of one case, and lets drivers wait for a fact instead of for time. */
export class Recorder {
  readonly #facts: Fact[] = []
  readonly #listeners = new Set<Listener>()
  readonly #start = performance.now()
  readonly #onFlood: () => void
  readonly #together: Held
  #open = true
  #held = 0
  #flooded = false

  /** `onFlood` is called once, when the case holds more than can be kept; a fact says so. `together` is shared by all open cases. */
  constructor(onFlood: () => void = () => {}, together: Held = {bytes: 0}) {
    this.#onFlood = onFlood
    this.#together = together
  }

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
    this.hold(bytesOf(fact))
  }

  /** Counts so many bytes more, or fewer, towards what the case may hold. */
  hold(bytes: number): void {
    if (!this.#open) return
    this.#held += bytes
    this.#together.bytes += bytes
    const short = this.#together.bytes > mostHeldTogether && this.#held > little
    if (this.#flooded || !(short || this.#held > mostHeld)) return
    this.#flooded = true
    const what = `keeping what came: ${this.#held} bytes`
    this.write({kind: 'gaveUp', what, afterMs: Math.round(this.now())})
    this.#onFlood()
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
    if (this.#open) this.#together.bytes -= this.#held
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

/** Facts that are written only behind another one; what they take counts as soon as they are kept. */
export class Early {
  readonly #recorder: Recorder
  #facts: Unstamped[] = []

  constructor(recorder: Recorder) {
    this.#recorder = recorder
  }

  keep(fact: Unstamped): void {
    this.#recorder.hold(bytesOf(fact))
    this.#facts.push(fact)
  }

  /** Writes all facts, in the order in which they were kept. */
  writeTo(log: Log): void {
    for (const fact of this.#taken()) log.write(fact)
  }

  /** Lets go of all facts unwritten. */
  drop(): void {
    this.#taken()
  }

  #taken(): Unstamped[] {
    const facts = this.#facts
    this.#facts = []
    for (const fact of facts) this.#recorder.hold(-bytesOf(fact))
    return facts
  }
}
