import {only, type Trace} from '../../trace.ts'

/**
 * When the first reader of `via` stopped reading while its connection stayed open, in ms of the trace;
 * Infinity where none did. Its stream is closed by the client, and neither FIN nor RST went before.
 */
export function stalledAt(trace: Trace, via: string): number {
  const readers = new Set(
    only(trace, 'opened')
      .filter((fact) => fact.via === via)
      .map(({conn}) => conn),
  )
  const ended = new Set<string>()
  for (const fact of trace) {
    if (fact.kind === 'fin' || fact.kind === 'reset') ended.add(fact.conn)
    if (fact.kind !== 'closed' || fact.by !== 'client') continue
    if (readers.has(fact.conn) && !ended.has(fact.conn)) return fact.at
  }
  return Infinity
}
