import {setTimeout as sleep} from 'node:timers/promises'
import type {Slot} from '../clients/play.ts'

/** A counting semaphore, first come first served. */
export class Slots {
  #free: number
  readonly #queue: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  async take(): Promise<void> {
    if (this.#free > 0) {
      this.#free--
      return
    }
    await new Promise<void>((resolve) => this.#queue.push(resolve))
  }

  give(): void {
    const next = this.#queue.shift()
    if (next) next()
    else this.#free++
  }
}

/** How much may happen at a time. */
export interface PoolLimits {
  /** Cases that work at a time; one that only waits does not count. */
  readonly working: number
  /** Cases that are open at a time, waiting ones included. */
  readonly open: number
  /** Cases begun per second. */
  readonly ratePerS: number
}

/**
 * Runs tasks concurrently: each holds a working slot, which it gives back while it waits, and an
 * open place until it ends. Tasks begin in order. Ends when all are done; a task that throws ends
 * the run with its error, once the others are done.
 */
export async function runAll<Task>(
  tasks: AsyncIterable<Task> | Iterable<Task>,
  limits: PoolLimits,
  signal: AbortSignal,
  perform: (task: Task, slot: Slot) => Promise<void>,
): Promise<void> {
  const working = new Slots(limits.working)
  const open = new Slots(limits.open)
  const running = new Set<Promise<void>>()
  const pace = new Pace(limits.ratePerS)
  let fault: {error: unknown} | undefined
  for await (const task of tasks) {
    await open.take()
    await working.take()
    if (signal.aborted || fault) {
      // Open cases need it to come to their end.
      working.give()
      break
    }
    await pace.next()
    const done = perform(task, working)
      .catch((error: unknown) => {
        fault ??= {error}
      })
      .finally(() => {
        working.give()
        open.give()
        running.delete(done)
      })
    running.add(done)
  }
  await Promise.all(running)
  if (fault) throw fault.error
}

/** Lets cases begin no faster than a rate, in bursts of at most 50 ms. */
class Pace {
  readonly #gapMs: number
  #next = 0

  constructor(ratePerS: number) {
    this.#gapMs = 1000 / ratePerS
  }

  async next(): Promise<void> {
    const now = performance.now()
    this.#next = Math.max(this.#next, now - 50) + this.#gapMs
    if (this.#next > now) await sleep(this.#next - now)
  }
}
