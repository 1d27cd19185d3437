import type {Target} from '../../target.ts'
import type {Trace} from '../../trace.ts'
import {broken, type Verdict} from '../../verdict.ts'
import {connections} from './exchanges.ts'
import type {HandshakeKind} from './handshake.ts'
import {handshakeRule} from './verdict.ts'

const refused = handshakeRule('version-negotiation')

/**
 * The judge of version negotiation (RFC 6455 section 4.4): how an unknown version is refused, and
 * that a valid request behind such a refusal is upgraded (`retry-refused` where it is not).
 */
export function judgeVersions(
  trace: Trace,
  target: Target,
): Verdict<HandshakeKind<'version-negotiation'> | 'retry-refused'> {
  const verdict = refused(trace, target)
  if (verdict.is !== 'held') return verdict
  const all = connections(trace, target)
  const first = all.findIndex(({handshakeJudged}) =>
    handshakeJudged.exercised.has('version-negotiation'),
  )
  const retry = all.find(
    ({handshakeJudged}, index) => index > first && handshakeJudged.broken?.kind === 'refused',
  )
  if (!retry) return verdict
  const saw = `${retry.handshake.status}`
  return broken('retry-refused', {expected: '101', saw, at: [trace.indexOf(retry.handshake)]})
}
