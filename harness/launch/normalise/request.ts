import type {Json, RequestTemplate} from '../../target.ts'
import {present} from '../present.ts'
import type {GivenRequest} from '../schema/grammar.ts'

/** A path with its first slash. */
export function slashed(path: string): string {
  return path.startsWith('/') ? path : `/${path}`
}

/** An endpoint as an object, where its path alone may stand for it. */
export function asObject<Given extends object>(given: string | Given): Given | {path: string} {
  return typeof given === 'string' ? {path: given} : given
}

/**
 * A request template with its defaults. A body without a declared type is `text/plain` in UTF-8
 * when
 * it is a text, else `application/json` (RFC 9110 section 8.3: a sender that knows the type says
 * it).
 */
export function requestOf(
  given: GivenRequest,
  defaults: {method: string; body?: Json; headers?: Readonly<Record<string, string>>},
): RequestTemplate {
  const body = given.body ?? defaults.body
  const headers: Record<string, string> = {...given.headers}
  const implied: Record<string, string> = {...defaults.headers}
  if (body !== undefined) {
    const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json'
    implied['content-type'] = type
  }
  const named = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  for (const [name, value] of Object.entries(implied)) if (!named.has(name)) headers[name] = value
  return present({
    method: given.method ?? defaults.method,
    path: slashed(given.path),
    headers,
    query: given.query ?? {},
    body,
  })
}
