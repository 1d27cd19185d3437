import type {Fact, FactKind, FactOf, Trace} from '../trace.ts'
import {answerOf, eventOf, listOf, namesIn, outcomeOf, tell, type Names} from './tell.ts'

type Phrase = (fact: Fact, names: Names) => string

const plain: Phrase = (fact, names) => tell(fact, names).what

/** The facts that say what a step led to, in few words; bytes, requests and their likes stand in the timeline. */
const phrases: Partial<Record<FactKind, Phrase>> = {
  refused: plain,
  published: (fact) => outcomeOf(fact as FactOf<'published'>),
  response: (fact) => String((fact as FactOf<'response'>).status),
  answer: (fact) => answerOf(fact as FactOf<'answer'>),
  event: (fact, names) => eventOf(fact as FactOf<'event'>, names),
  closed: plain,
  settled: plain,
  drained: (fact, names) => `drained ${listOf((fact as FactOf<'drained'>).marks, names)}`,
  handshake: (fact) => handshakeOf(fact as FactOf<'handshake'>),
  receipt: plain,
  inbox: plain,
  registered: () => 'registered',
  attempt: plain,
  replied: (fact) => repliedOf(fact as FactOf<'replied'>),
  canary: plain,
  restarted: plain,
  died: plain,
  gaveUp: plain,
}

const handshakeOf = (fact: FactOf<'handshake'>): string =>
  fact.ending === 'complete'
    ? `handshake ${fact.status ?? ''}`.trimEnd()
    : `handshake ${fact.ending}`

const repliedOf = (fact: FactOf<'replied'>): string =>
  `replied ${fact.status ?? 'nothing'}${fact.how === 'complete' ? '' : `, ${fact.how}`}`

function phraseOf(fact: Fact, names: Names): string | undefined {
  if ((fact.kind === 'fin' || fact.kind === 'reset') && fact.by === 'server') {
    return fact.kind === 'fin' ? 'server ended the connection' : 'server reset the connection'
  }
  return phrases[fact.kind]?.(fact, names)
}

/** What each step of a script led to: one list of phrases per step, in order of happening, capped at eight. */
export function seenBySteps(trace: Trace, steps: number): string[][] {
  const names = namesIn(trace)
  const answered = new Set(trace.flatMap((fact) => (fact.kind === 'answer' ? [fact.request] : [])))
  const seen = Array.from({length: steps}, (): string[] => [])
  for (const fact of trace) {
    if (fact.kind === 'response' && answered.has(fact.request)) continue
    const phrase = phraseOf(fact, names)
    if (phrase !== undefined) seen[fact.step]?.push(phrase)
  }
  return seen.map((all) =>
    all.length > 8 ? [...all.slice(0, 8), `… ${all.length - 8} more`] : all,
  )
}
