import {statusIn, type PollEndpoint} from '../../target.ts'
import type {Bytes, FactOf, Headers} from '../../trace.ts'
import {header} from '../../models/http.ts'
import {asText, parsedJson} from '../json.ts'
import {pointer} from '../pointer.ts'
import {readCursor} from '../template.ts'

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
  const found = pointer(document, endpoint.events.pointer)
  const items = isNone(found, {text, document, cursor}) ? [] : found
  if (!Array.isArray(items)) return {class: 'undeclared', events: []}
  const events = eventsIn(items, endpoint)
  const more = endpoint.more === undefined ? undefined : pointer(document, endpoint.more)
  return {
    class: events.length > 0 ? 'events' : 'empty',
    events,
    ...where,
    ...(typeof more === 'boolean' && {more}),
  }
}

/**
 * Whether an answer without a list has no events: where the list is `null`, as Go writes one of none, or where it
 * is absent while the cursor is there and nothing else in the answer can be the list that was meant.
 */
function isNone(
  found: unknown,
  {text, document, cursor}: {text: string; document: unknown; cursor: string | undefined},
): boolean {
  if (found !== undefined || cursor === undefined) return found === null
  return text === '' || (typeof document === 'object' && !text.includes('['))
}

function eventsIn(items: readonly unknown[], {events}: PollEndpoint): Decoded['events'] {
  return items.map((item) => {
    const id = events.id === undefined ? undefined : asText(pointer(item, events.id))
    const data = asText(pointer(item, events.payload)) ?? ''
    return {data, ...(id !== undefined && {id})}
  })
}
