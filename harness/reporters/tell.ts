import type {FactKind, FactOf, Fact, Trace} from '../trace.ts'
import {escapeBytes, escapeText, shorten, startOf} from './escape.ts'

/** Which way a fact went: to the server, from the server, or neither. */
export type Arrow = '>' | '<' | '·'

/** One fact in the words of a timeline. */
export interface Told {
  readonly arrow: Arrow
  readonly what: string
}

/** The names that the script gave to the events, by mark. */
export type Names = ReadonlyMap<string, string>

/** What each mark of a trace is called in its script. */
export function namesIn(trace: Trace): Names {
  const names = new Map<string, string>()
  for (const fact of trace) {
    if (fact.kind === 'publishing' || fact.kind === 'published') names.set(fact.mark, fact.as)
    if (fact.kind === 'submitting') names.set(fact.mark, `message ${fact.number}`)
  }
  return names
}

const name = (mark: string, names: Names): string => names.get(mark) ?? escapeText(mark)

/** The names of some marks, or `nothing`. */
export function listOf(marks: readonly string[], names: Names): string {
  return marks.length === 0 ? 'nothing' : marks.map((mark) => name(mark, names)).join(' ')
}

const quote = (text: string): string => `"${escapeText(shorten(text, 48))}"`

const optional = (label: string, value: string | number | undefined): string =>
  value === undefined ? '' : ` ${label} ${escapeText(shorten(String(value), 40))}`

const firstLine = (head: string): string => escapeBytes(head.slice(0, head.search(/\r|\n|$/)))

function field(fact: FactOf<'response'>, wanted: string): string {
  const found = fact.headers.find(([name]) => name.toLowerCase() === wanted)
  return found ? ` ${escapeText(found[1])}` : ''
}

/** `acked 201, id 17`: what became of a publish. */
export function outcomeOf(fact: FactOf<'published'>): string {
  const status = fact.status === undefined ? '' : ` ${fact.status}`
  return `${fact.outcome}${status}${fact.id === undefined ? '' : `, id ${escapeText(fact.id)}`}`
}

/** `200 · 3 events`: how a poll was answered. */
export function answerOf(fact: FactOf<'answer'>): string {
  const status = fact.status === undefined ? '' : `${fact.status}, `
  if (fact.ending !== 'complete') return `${status}${fact.ending}`
  return `${status}${fact.class === 'events' ? `${fact.count} events` : fact.class}`
}

/** `event p1, id 3`: what a reader was given. */
export function eventOf(fact: FactOf<'event'>, names: Names): string {
  const what = fact.mark === undefined ? 'without a mark' : name(fact.mark, names)
  return `event ${what}${optional('id', fact.id)}${optional('type', fact.type)}`
}

type Tellers = {readonly [Kind in FactKind]: (fact: FactOf<Kind>, names: Names) => Told}

const told = (arrow: Arrow, what: string): Told => ({arrow, what})

const tellers: Tellers = {
  connect: () => told('·', 'connected'),
  refused: (fact) => told('·', `no connection (${fact.error})`),
  out: (fact) => told('>', startOf(fact.bytes)),
  in: (fact) => told('<', startOf(fact.bytes)),
  fin: (fact) => told(fact.by === 'client' ? '>' : '<', 'FIN'),
  reset: (fact) =>
    told(fact.by === 'client' ? '>' : '<', `RST${fact.error ? ` (${fact.error})` : ''}`),
  publishing: (fact) => told('>', `publish ${fact.as} ${quote(fact.payload)}`),
  published: (fact) => told('<', `${fact.as} ${outcomeOf(fact)}`),
  request: (fact) =>
    told(
      '>',
      `${fact.method} ${escapeText(fact.target)}${optional('cursor', fact.cursor)}${optional('wait', fact.waitMs)}`,
    ),
  sent: () => told('>', 'last byte of the request'),
  response: (fact) => told('<', `${fact.status}${field(fact, 'content-type')}`),
  answer: (fact) => told('<', `${answerOf(fact)}${optional('cursor', fact.cursor)}`),
  opened: (fact) => told('·', `stream is open${optional('from', fact.cursor)}`),
  event: (fact, names) => told('<', `${eventOf(fact, names)} ${quote(fact.data)}`),
  closed: (fact) => told('·', `stream ended by the ${fact.by}${optional('code', fact.code)}`),
  settled: (fact) => told('·', `quiet for ${Math.round(fact.waitedMs)} ms`),
  drained: (fact, names) => told('·', `channel drained: ${listOf(fact.marks, names)}`),
  handshake: (fact) =>
    told('>', `${firstLine(fact.request)} -> ${firstLine(fact.response) || fact.ending}`),
  submitting: (fact) => told('>', `message ${fact.number}`),
  receipt: (fact) => told('<', `message ${fact.number} ${fact.outcome}`),
  inbox: (fact, names) => told('<', `applied: ${listOf(fact.marks, names)}`),
  registered: (fact) => told('·', `endpoint registered${optional('as', fact.id)}`),
  attempt: (fact, names) =>
    told(
      '<',
      `attempt ${fact.attempt} of ${listOf(fact.marks, names)}${optional('id', fact.eventId)}`,
    ),
  replied: (fact, names) =>
    told(
      '>',
      `reply${fact.status === undefined ? '' : ` ${fact.status}`} to attempt ${fact.attempt} of ${listOf(fact.marks, names)}, ${fact.how}`,
    ),
  canary: (fact) => told('<', `canary reached: ${fact.method} ${escapeText(fact.target)}`),
  lag: (fact) => told('·', `the harness stood still for ${Math.round(fact.ms)} ms`),
  stopping: (fact) => told('·', `${fact.signal} to the target`),
  restarted: (fact) => told('·', `target is up again, was down for ${Math.round(fact.downMs)} ms`),
  died: (fact) => told('·', `the target died (${fact.signal ?? `exit code ${fact.code ?? '?'}`})`),
  ended: () => told('·', 'the script is over'),
  gaveUp: (fact) => told('·', `gave up on ${fact.what} after ${Math.round(fact.afterMs)} ms`),
}

/** One fact in the words of a timeline. Bytes are escaped; the frames of a WebSocket are named by the timeline. */
export function tell(fact: Fact, names: Names): Told {
  return (tellers[fact.kind] as (fact: Fact, names: Names) => Told)(fact, names)
}

/** The connection, client or publisher that a fact belongs to; '' for those of the harness. */
export function whoOf(fact: Fact): string {
  if ('conn' in fact) return fact.conn
  if ('client' in fact) return fact.client
  return fact.kind === 'publishing' ? fact.by : ''
}
