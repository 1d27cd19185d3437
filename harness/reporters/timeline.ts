import type {Fact, Trace} from '../trace.ts'
import {pad} from './columns.ts'
import {clip, startOf} from './escape.ts'
import {FrameNames} from './frames.ts'
import {namesIn, tell, whoOf, type Told} from './tell.ts'

/** How much of a timeline is shown. */
export interface TimelineOptions {
  /** Lines at the most; what is left out is told. */
  readonly most: number
  /** Columns of a line. */
  readonly width: number
}

/** One line of a timeline; `proves` marks the facts that prove the violation. */
export interface TimelineLine {
  readonly text: string
  readonly proves: boolean
}

interface Entry {
  readonly fact: Fact
  readonly told: Told
  readonly proves: boolean
}

/** Facts that only say again what the bytes of the same connection show. */
const restating = new Set(['request', 'sent', 'response'])

/**
 * The trace of a case for a person: ms, step (numbered from 0 as in the case file), connection, direction
 * (`>` to the server, `<` from it), and what went over the wire. Lines near the proving facts are kept
 * when there are more than `most`.
 */
export function timeline(
  trace: Trace,
  proof: readonly Fact[],
  options: TimelineOptions,
): TimelineLine[] {
  const entries = entriesOf(trace, proof)
  const kept = nearest(entries, options.most)
  const shape = {who: Math.max(0, ...entries.map(({fact}) => whoOf(fact).length)), ...options}
  const lines: TimelineLine[] = []
  let last = -1
  for (const index of kept) {
    if (index > last + 1) lines.push(gap(index - last - 1))
    lines.push({text: lineOf(entries[index]!, shape), proves: entries[index]!.proves})
    last = index
  }
  if (last < entries.length - 1) lines.push(gap(entries.length - 1 - last))
  return lines
}

const gap = (lines: number): TimelineLine => ({
  text: `  ${' '.repeat(8)}  … ${lines} more`,
  proves: false,
})

function lineOf(entry: Entry, shape: TimelineOptions & {readonly who: number}): string {
  const {fact, told, proves} = entry
  const at = fact.at.toFixed(1).padStart(8)
  const step = fact.step < 0 ? '    ' : String(fact.step).padStart(4)
  const lead = `${proves ? '✗' : ' '} ${at}  ${step}  ${pad(whoOf(fact), shape.who)} ${told.arrow} `
  return lead + clip(told.what, Math.max(20, shape.width - lead.length))
}

function entriesOf(trace: Trace, proof: readonly Fact[]): Entry[] {
  const names = namesIn(trace)
  const proving = new Set(proof.map((fact) => JSON.stringify(fact)))
  const raw = new Set(trace.flatMap((fact) => (fact.kind === 'out' ? [fact.conn] : [])))
  const frames = new FramesOfTrace()
  const entries: Entry[] = []
  for (const fact of trace) {
    const framed = frames.tell(fact)
    const proves = proving.has(JSON.stringify(fact))
    const restates = restating.has(fact.kind) && 'conn' in fact && raw.has(fact.conn)
    if ((restates || fact.kind === 'sent') && !proves) continue
    const {arrow, what} = tell(fact, names)
    entries.push({fact, told: {arrow, what: framed ?? what}, proves})
  }
  return entries
}

/** Names the frames of every WebSocket connection of a trace, fact by fact. */
class FramesOfTrace {
  readonly #conns = new Map<string, {readonly out: FrameNames; readonly in: FrameNames}>()

  /** What a fact of such a connection is in frames, with its bytes; undefined for every other fact. */
  tell(fact: Fact): string | undefined {
    if (fact.kind === 'handshake') {
      const names = {out: new FrameNames(true), in: new FrameNames(false)}
      this.#conns.set(fact.conn, names)
      if (fact.early)
        return `${tell(fact, new Map()).what}, early ${names.out.name(fact.early).join(' + ')}`
      return undefined
    }
    if (fact.kind !== 'out' && fact.kind !== 'in') return undefined
    const names = this.#conns.get(fact.conn)?.[fact.kind].name(fact.bytes)
    return names && `${names.join(' + ')}  ${startOf(fact.bytes)}`
  }
}

/** The indexes of at most `most` entries, in order: those next to a proving one first, earlier before later. */
function nearest(entries: readonly Entry[], most: number): number[] {
  const all = entries.map((_, index) => index)
  if (entries.length <= most) return all
  const proofs = all.filter((index) => entries[index]!.proves)
  const anchors = proofs.length > 0 ? proofs : [entries.length - 1]
  const distance = all.map((index) =>
    Math.min(
      ...anchors.map((anchor) => (index <= anchor ? anchor - index : 1.5 * (index - anchor))),
    ),
  )
  return all
    .toSorted((a, b) => distance[a]! - distance[b]! || a - b)
    .slice(0, most)
    .toSorted((a, b) => a - b)
}
