import type {WsEndpoint} from '../../target.ts'
import type {Marks} from '../marks.ts'
import {valueAt} from '../../models/json-pointer.ts'
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
  const body = endpoint.payload === 'raw' && endpoint.id === undefined ? undefined : parsed(text)
  const data = endpoint.payload === 'raw' ? text : asText(valueAt(body, endpoint.payload.pointer))
  if (data === undefined) return undefined
  const id = endpoint.id === undefined ? undefined : asText(valueAt(body, endpoint.id))
  const [mark] = marks.in(data)
  return {data, ...(mark !== undefined && {mark}), ...(id !== undefined && {id})}
}

/** A string as it is, any other value as JSON. */
function asText(value: unknown): string | undefined {
  return value === undefined || typeof value === 'string' ? value : JSON.stringify(value)
}

/** The JSON value of a message; undefined where it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
