import type {Target} from '../../target.ts'
import type {Trace} from '../../trace.ts'
import {broken, held, untried, type Verdict} from '../../verdict.ts'
import {ruleKinds, type RuleName} from './endpoint.ts'
import {connections, type Connection} from './exchanges.ts'
import type {HandshakeKind, HandshakeRule} from './handshake.ts'

type Judge<Kind extends string> = (trace: Trace, target: Target) => Verdict<Kind>

/** The ways in which a rule of an open connection breaks. */
export type WsKind<Rule extends RuleName> = (typeof ruleKinds)[Rule][number]

/** The judge of one rule of an open connection: the first thing that broke on a connection counts, and only for its own rule. */
export function wsRule<Rule extends RuleName>(rule: Rule): Judge<WsKind<Rule>> {
  return (trace, target) => {
    const all = connections(trace, target)
    for (const connection of all) {
      const found = connection.judged?.broken
      if (found?.rule !== rule) continue
      const {expected, saw, level, timed} = found
      const kind = found.kind as WsKind<Rule>
      const at = proof(connection, found.chunk, trace)
      return broken(kind, {expected, saw, at, ...(level && {level}), ...(timed && {timed})})
    }
    const note = all.flatMap(({judged}) => (judged?.exercised.has(rule) ? judged.notes : []))[0]
    const tried = all.some(({judged}) => judged?.exercised.has(rule) && !judged.broken)
    if (!tried) return untried(`no connection put ${rule} to the test`)
    return {...held(rule), ...(note !== undefined && {note})}
  }
}

/** The judge of one rule of the opening handshake. */
export function handshakeRule<Rule extends HandshakeRule>(rule: Rule): Judge<HandshakeKind<Rule>> {
  return (trace, target) => {
    const all = connections(trace, target)
    for (const {handshake, handshakeJudged} of all) {
      const found = handshakeJudged.broken
      if (found?.rule !== rule) continue
      const {expected, saw, level, timed} = found
      const kind = found.kind as HandshakeKind<Rule>
      const at = [trace.indexOf(handshake)]
      return broken(kind, {expected, saw, at, ...(level && {level}), ...(timed && {timed})})
    }
    const exercised = all.filter(({handshakeJudged}) => handshakeJudged.exercised.has(rule))
    if (exercised.length === 0) return untried(`no handshake put ${rule} to the test`)
    const note = exercised.flatMap(({handshakeJudged}) => handshakeJudged.notes)[0]
    return {...held(rule), ...(note !== undefined && {note})}
  }
}

/** The facts that show it: the last bytes out before, and the bytes that made it certain or all that came last. */
function proof(connection: Connection, chunk: number | undefined, trace: Trace): number[] {
  const certain = chunk === undefined ? undefined : connection.chunks[chunk]
  const until = certain ?? trace.length
  const out = connection.chunks.filter((index) => index < until && trace[index]?.kind === 'out')
  return [...out.slice(-2), ...(certain === undefined ? [] : [certain])]
}
