import {mechanisms, type Claims, type Limits, type Mechanism} from '../../target.ts'
import {present} from '../present.ts'
import type {GivenClaims, GivenLimits} from '../schema/claims.ts'

/** Limits of a target that declares none. */
export const defaultLimits: Limits = {
  connectMs: 2000,
  headMs: 2000,
  answerMs: 1000,
  deliverMs: 1000,
  publishMs: 2000,
  quietMs: 40,
  handshakeMs: 2000,
  failMs: 2000,
  closeMs: 2000,
  tcpCloseMs: 2000,
  pongMs: 1000,
  maxConnections: 500,
  maxRate: 2000,
  slackMs: 100,
}

/** The limits, with defaults for those that are left out. */
export function limitsOf(given: GivenLimits | undefined): Limits {
  return {...defaultLimits, ...present(given ?? {})}
}

/**
 * The claims; nothing is claimed by silence. A side of `resume` that is left out (events or age)
 * does not bound it. One word for `delivery` is claimed for every declared mechanism.
 */
export function claimsOf(given: GivenClaims | undefined, declared: readonly Mechanism[]): Claims {
  const resume = given?.resume && {
    events: given.resume.events ?? Number.MAX_SAFE_INTEGER,
    ms: given.resume.age ?? Number.MAX_SAFE_INTEGER,
  }
  return present({
    resume,
    ordering: given?.ordering ?? 'none',
    delivery: deliveryOf(given?.delivery, declared),
    durable: given?.durable ?? false,
    outOfOrder: given?.outOfOrder,
  })
}

function deliveryOf(
  given: NonNullable<GivenClaims>['delivery'],
  declared: readonly Mechanism[],
): Claims['delivery'] {
  if (given === undefined) return {}
  if (typeof given !== 'string') return present(given)
  const claimed = mechanisms.filter((mechanism) => declared.includes(mechanism))
  return Object.fromEntries(claimed.map((mechanism) => [mechanism, given]))
}
