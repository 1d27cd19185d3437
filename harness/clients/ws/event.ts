import type {WsEndpoint} from '../../target.ts'
import type {Marks} from '../marks.ts'
import {asText, parsedJson} from '../json.ts'
import {pointer} from '../pointer.ts'
import type {Message} from './messages.ts'

/** What one message of a subscription tells. */
export interface Told {
  readonly mark?: string
  readonly id?: string
  readonly data: string
}

/** The event in a message, as the description says where it is; undefined where it is none (a greeting, say). */
export function eventIn(
  message: Message,
  endpoint: NonNullable<WsEndpoint['subscribe']>,
  marks: Marks,
): Told | undefined {
  const text = message.payload.toString('utf8')
  const body =
    endpoint.payload === 'raw' && endpoint.id === undefined ? undefined : parsedJson(text)
  const data = endpoint.payload === 'raw' ? text : asText(pointer(body, endpoint.payload.pointer))
  if (data === undefined) return undefined
  const id = endpoint.id === undefined ? undefined : asText(pointer(body, endpoint.id))
  const [mark] = marks.in(data)
  return {data, ...(mark !== undefined && {mark}), ...(id !== undefined && {id})}
}
