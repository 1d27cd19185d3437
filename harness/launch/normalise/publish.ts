import type {PublishEndpoint} from '../../target.ts'
import {Mistake} from '../../mistake.ts'
import {present} from '../present.ts'
import type {GivenPublish} from '../schema/publish.ts'
import {requestOf} from './request.ts'

/**
 * The publish endpoint: POST of the bare payload, accepted by 200 to 299, up to 64 KiB of any
 * text.
 */
export function publishOf(given: GivenPublish): PublishEndpoint {
  const options = typeof given === 'function' ? {hook: given} : given
  const {path, hook} = options
  if (path === undefined && hook === undefined) {
    throw new Mistake('publish: needs a path, or a function', 2)
  }
  return present({
    request: requestOf({...options, path: path ?? '/'}, {method: 'POST', body: '{payload}'}),
    accepted: options.accepted ?? [[200, 299]],
    id: options.id,
    hook: hook ? (true as const) : undefined,
    maxBytes: options.maxBytes ?? 65_536,
    alphabet: options.alphabet ?? 'text',
  })
}
