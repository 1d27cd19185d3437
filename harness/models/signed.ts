/** The requests of a webhook sender with what their signatures are worth. */
import type {Target} from '../target.ts'
import {only, type FactOf, type Trace} from '../trace.ts'
import {untried, type Untried} from '../verdict.ts'
import {verify, type Verified} from './signature.ts'

/** A request that was read whole, with what its signature is worth. */
export interface SignedAttempt {
  readonly attempt: FactOf<'attempt'>
  readonly verified: Verified
  readonly bytes: number
}

/** Every whole request for an event of this case, its signature checked over the exact bytes of the body. */
export function signedAttempts(trace: Trace, target: Target): SignedAttempt[] {
  const {scheme, headers: names, secret} = target.webhook!.signature
  return only(trace, 'attempt').flatMap((attempt) => {
    const key = secretOf(attempt, trace) ?? secret
    if (key === undefined || attempt.ending !== 'complete' || attempt.marks.length === 0) return []
    const body = Buffer.from(attempt.body, 'latin1')
    const verified = verify(scheme, {headers: attempt.headers, body, secret: key, names})
    return [{attempt, verified, bytes: body.length}]
  })
}

/** The verdict where no signature was checked: why there was none. */
export function unsigned(trace: Trace, target: Target): Untried {
  const [attempt] = only(trace, 'attempt')
  const secret = attempt && (secretOf(attempt, trace) ?? target.webhook?.signature.secret)
  return attempt && secret === undefined
    ? untried(
        'no secret is known: the answer to the registration has none at webhook.register.secret',
      )
    : untried('no signed request was received')
}

function secretOf({client}: FactOf<'attempt'>, trace: Trace): string | undefined {
  return only(trace, 'registered').find((endpoint) => endpoint.client === client)?.secret
}
