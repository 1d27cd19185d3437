import {statusIn, type PollEndpoint} from '../../target.ts'
import type {Bytes, FactOf, Headers} from '../../trace.ts'
import {header} from '../../models/http.ts'
import {asText, parsedJson, pointer, readCursor} from '../template.ts'

/** A response that was read whole. */
export interface WholeResponse {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

/** What a response says to a poll, by the target description. */
export interface Decoded {
  readonly class: Exclude<FactOf<'answer'>['class'], 'none'>
  readonly events: readonly {readonly data: string; readonly id?: string}[]
  /** Where the server says the next poll goes on. */
  readonly cursor?: string
  readonly etag?: Bytes
  readonly more?: boolean
}

/** Decodes a response; `conditional` when the poll bore an If-None-Match (RFC 9110 13.1.2). */
export function decode(
  response: WholeResponse,
  endpoint: PollEndpoint,
  conditional: boolean,
): Decoded {
  const {status, headers} = response
  const etag = endpoint.etag ? header(headers, 'etag') : undefined
  const tagged = etag !== undefined && {etag}
  if (status === 304 && conditional) return {class: 'unchanged', events: [], ...tagged}
  if (statusIn(endpoint.empty.statuses, status)) {
    return {class: 'empty', events: [], ...emptyCursor(response, endpoint), ...tagged}
  }
  if (status >= 200 && status < 300) return {...news(response, endpoint), ...tagged}
  return {class: status >= 400 && status < 500 ? 'refused' : 'undeclared', events: []}
}

function emptyCursor(
  {headers, body}: WholeResponse,
  {cursor, empty}: PollEndpoint,
): {cursor?: string} {
  if (empty.cursor === 'keep') return {}
  const read = readCursor(cursor.receive, headers, parsedJson(body.toString('utf8')))
  return read === undefined ? {} : {cursor: read}
}

function news({headers, body}: WholeResponse, endpoint: PollEndpoint): Decoded {
  const text = body.toString('utf8')
  const document = endpoint.events.shape === 'single' ? undefined : parsedJson(text)
  const cursor = readCursor(endpoint.cursor.receive, headers, document)
  const where = cursor !== undefined && {cursor}
  if (endpoint.events.shape === 'single') return {class: 'events', events: [{data: text}], ...where}
  const events = eventsIn(document, endpoint)
  if (!events) return {class: 'undeclared', events: []}
  const more = endpoint.more === undefined ? undefined : pointer(document, endpoint.more)
  return {
    class: events.length > 0 ? 'events' : 'empty',
    events,
    ...where,
    ...(typeof more === 'boolean' && {more}),
  }
}

/** The events of a JSON body; undefined where the body is not what was declared. */
function eventsIn(document: unknown, {events}: PollEndpoint): Decoded['events'] | undefined {
  const items = pointer(document, events.pointer)
  if (!Array.isArray(items)) return undefined
  return items.map((item: unknown) => {
    const id = events.id === undefined ? undefined : asText(pointer(item, events.id))
    const data = asText(pointer(item, events.payload)) ?? ''
    return {data, ...(id !== undefined && {id})}
  })
}
