import {floorsOf, type Invariant} from '../invariant.ts'
import type {Script} from '../script/script.ts'
import type {Target} from '../target.ts'
import type {Trace} from '../trace.ts'
import type {Broken, Verdict} from '../verdict.ts'

/** A case that broke a rule. */
export interface Sighting {
  readonly index: number
  readonly script: Script
  readonly trace: Trace
  readonly verdict: Broken
}

/** What the cases of a run said of one invariant. */
export class Tally {
  readonly invariant: Invariant
  readonly cover = new Map<string, number>()
  readonly notes = new Set<string>()
  /** The sighting of lowest index per kind. */
  readonly first = new Map<string, Sighting>()
  readonly #because = new Map<string, number>()
  runs = 0
  held = 0
  broken = 0
  ms = 0

  constructor(invariant: Invariant) {
    this.invariant = invariant
  }

  /** Judges one trace and counts what was said. */
  judge(index: number, script: Script, trace: Trace, target: Target): Verdict {
    const start = performance.now()
    const verdict = this.invariant.judge(trace, target)
    this.ms += performance.now() - start
    this.runs++
    if ('note' in verdict && verdict.note && this.notes.size < 10) this.notes.add(verdict.note)
    switch (verdict.is) {
      case 'held':
        this.held++
        for (const label of verdict.labels) this.cover.set(label, (this.cover.get(label) ?? 0) + 1)
        break
      case 'untried':
        this.#because.set(verdict.because, (this.#because.get(verdict.because) ?? 0) + 1)
        break
      case 'broken':
        this.sight({index, script, trace, verdict})
        break
    }
    return verdict
  }

  /** Counts a case that broke the rule; of each kind the one of lowest index is kept. */
  sight(sighting: Sighting): void {
    this.broken++
    const {kind} = sighting.verdict
    const known = this.first.get(kind)
    if (!known || sighting.index < known.index) this.first.set(kind, sighting)
  }

  /** The labels that were seen less often than their floor, and their floors. */
  missing(target: Target): [label: string, floor: number][] {
    return Object.entries(floorsOf(this.invariant, target)).filter(
      ([label, floor]) => (this.cover.get(label) ?? 0) < floor,
    )
  }

  /** Why the rule was not tried, as most traces said. */
  because(): string | undefined {
    return [...this.#because].toSorted((a, b) => b[1] - a[1])[0]?.[0]
  }
}
