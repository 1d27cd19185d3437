import {instantOf} from '../script/common.ts'
import type {Script, Step} from '../script/script.ts'

/** Whether a script still fails in the same way. */
export type StillFails = (script: Script) => Promise<boolean>

export interface Budget {
  /** Scripts that may be played. */
  readonly runs: number
  /** Time, in ms. */
  readonly ms: number
  /** Scripts that are tried at a time. */
  readonly parallel: number
  readonly signal: AbortSignal
  /** Simpler values are looked for too, and not only fewer steps. */
  readonly values: boolean
  /** A script of so few steps is short enough; default: the shortest that is found. */
  readonly enoughSteps?: number
  readonly onTry?: (steps: number, tried: number) => void
}

/**
 * The shortest script that it finds in its budget which still fails: first ddmin over steps, then
 * simpler values step by step. Any subsequence of a script is a script, so that this needs no generator.
 */
export async function minimise(
  script: Script,
  stillFails: StillFails,
  budget: Budget,
): Promise<Script> {
  const search = new Search(stillFails, budget)
  const shortest = await search.withoutSteps(script)
  return budget.values ? await search.simplify(shortest) : shortest
}

class Search {
  readonly #stillFails: StillFails
  readonly #budget: Budget
  readonly #known = new Map<string, boolean>()
  readonly #until: number
  #tried = 0

  constructor(stillFails: StillFails, budget: Budget) {
    this.#stillFails = stillFails
    this.#budget = budget
    this.#until = performance.now() + budget.ms
  }

  /** Delta debugging (Zeller and Hildebrandt): leaves chunks out, ever smaller ones, while the rest still fails. */
  async withoutSteps(script: Script): Promise<Script> {
    let current = withoutIdle(script)
    let chunk = Math.max(1, Math.floor(current.length / 2))
    // A pass goes on where it left something out, instead of trying all before it once more.
    let start = 0
    while (!this.#over() && current.length > (this.#budget.enoughSteps ?? 0)) {
      const places: number[] = []
      for (let from = 0; from < current.length; from += chunk) places.push(from)
      const turned = [
        ...places.filter((from) => from >= start),
        ...places.filter((from) => from < start),
      ]
      const candidates = turned.map((from) =>
        withoutIdle([...current.slice(0, from), ...current.slice(from + chunk)]),
      )
      const smaller = await this.#first(candidates)
      if (smaller) {
        start = turned[candidates.indexOf(smaller)] ?? 0
        current = smaller
        chunk = Math.min(chunk, Math.max(1, Math.floor(current.length / 2)))
      } else if (chunk === 1) return current
      else {
        chunk = Math.max(1, Math.floor(chunk / 2))
        start = 0
      }
    }
    return current
  }

  /** Simpler values, the candidates of all steps in one batch, until none of them fails. */
  async simplify(script: Script): Promise<Script> {
    let current = script
    while (!this.#over()) {
      const simpler = await this.#first(simplerScripts(current))
      if (!simpler) return current
      current = simpler
    }
    return current
  }

  #over(): boolean {
    const {runs, signal} = this.#budget
    return signal.aborted || this.#tried >= runs || performance.now() > this.#until
  }

  /** The first candidate, in order, that still fails. */
  async #first(candidates: readonly Script[]): Promise<Script | undefined> {
    const {parallel} = this.#budget
    for (let from = 0; from < candidates.length && !this.#over(); from += parallel) {
      const batch = candidates.slice(from, from + parallel)
      const fails = await Promise.all(batch.map((candidate) => this.#fails(candidate)))
      const index = fails.indexOf(true)
      if (index >= 0) return batch[index]
    }
    return undefined
  }

  async #fails(script: Script): Promise<boolean> {
    if (script.length === 0) return false
    const key = JSON.stringify(script)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    this.#tried++
    const fails = await this.#stillFails(script)
    this.#known.set(key, fails)
    this.#budget.onTry?.(script.length, this.#tried)
    return fails
  }
}

/** The script without the steps that do nothing, since no earlier step bears the name that they wait for. */
function withoutIdle(script: Script): Script {
  const names = new Set<string>()
  return script.filter((step) => {
    const after = 'after' in step ? step.after : undefined
    if (after && !names.has(instantOf(after)[1])) return false
    if ('as' in step && step.as !== undefined) names.add(step.as)
    return true
  })
}

/** Keys without which a step means nothing. */
const needed = new Set(
  'do client via route as of how frames opcode ms signal text hex repeat times forged bytes publishing ack sent opened'.split(
    ' ',
  ),
)
/** Numbers that are quantities: a smaller one is simpler. A status or a code is no quantity. */
const quantities = new Set(
  'times ms bytes limit wait events cutAt delay retryAfter omit'.split(' '),
)
/** Lists of pairs of a name and a value: a pair goes or stays as one. */
const pairs = new Set(['fields'])
/** Texts whose content is free. */
const texts = new Set(['payload', 'text', 'repeat'])

/** Every script in which one value of one step is simpler, the greatest simplification first. */
export function simplerScripts(script: Script): Script[] {
  return script.flatMap((step, index) =>
    simplerValues(step, '').map((simpler) => script.with(index, simpler as Step)),
  )
}

function simplerValues(value: unknown, key: string): unknown[] {
  if (Array.isArray(value)) return simplerLists(value, key)
  if (typeof value === 'object' && value !== null) return simplerObjects(value)
  if (typeof value === 'number' && quantities.has(key)) return simplerNumbers(value, key)
  if (typeof value === 'string' && texts.has(key)) return simplerTexts(value)
  if (typeof value === 'string' && key === 'hex') return simplerHex(value)
  return []
}

function simplerLists(list: readonly unknown[], key: string): unknown[] {
  const shorter = list.length < 2 ? [] : list.map((_, index) => list.toSpliced(index, 1))
  if (pairs.has(key)) return shorter
  const within = list.flatMap((one, index) =>
    simplerValues(one, '').map((simpler) => list.with(index, simpler)),
  )
  return [...shorter, ...within]
}

function simplerObjects(object: object): unknown[] {
  const entries = Object.entries(object)
  const without = entries
    .filter(([key]) => !needed.has(key))
    .map(([key]) => Object.fromEntries(entries.filter(([other]) => other !== key)))
  const within = entries.flatMap(([key, value]) =>
    simplerValues(value, key).map((simpler) => ({...object, [key]: simpler})),
  )
  return [...without, ...within]
}

function simplerNumbers(value: number, key: string): number[] {
  const least = key === 'limit' || key === 'times' ? 1 : 0
  if (!Number.isInteger(value)) return value > 0 ? [0] : []
  const nearer = [least, Math.trunc(value / 2), value - Math.sign(value)]
  return [...new Set(nearer)].filter(
    (number) => Math.abs(number) < Math.abs(value) && number >= Math.min(least, value),
  )
}

/** Shorter texts, cut between code points. */
function simplerTexts(text: string): string[] {
  const points = [...text]
  if (points.length === 0) return []
  const half = Math.floor(points.length / 2)
  const shorter = [points.slice(0, half), points.slice(half), points.slice(1), points.slice(0, -1)]
  return [...new Set(['', ...shorter.map((some) => some.join(''))])].filter(
    (other) => other.length < text.length,
  )
}

function simplerHex(hex: string): string[] {
  const half = Math.floor(hex.length / 4) * 2
  return [
    ...new Set(['', hex.slice(0, half), hex.slice(half), hex.slice(2), hex.slice(0, -2)]),
  ].filter((other) => other.length < hex.length)
}
