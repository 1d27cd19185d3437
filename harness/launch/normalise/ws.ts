import type {WsEndpoint} from '../../target.ts'
import {present} from '../present.ts'
import type {GivenWs} from '../schema/ws.ts'
import {asObject, requestOf, slashed} from './request.ts'
import {readyOf} from './sse.ts'

type Route = NonNullable<WsEndpoint['echo']>

/**
 * Messages that any endpoint is taken to accept when it declares no limit, in bytes (the smallest
 * usual default, Tomcat's).
 */
const smallestMessage = 8192

/** WebSocket routes, with no limit, no subprotocol and no leniency claimed. */
export function wsOf(given: GivenWs | {path: string}, canPublish: boolean): WsEndpoint {
  const options: GivenWs = given
  const {path, headers, echo, subscribe, maxMessage} = options
  const route = (given: string | {path: string; headers?: Route['headers'] | undefined}): Route => {
    const {path, headers: own} = typeof given === 'string' ? {path: given, headers: {}} : given
    return {path: slashed(path), headers: {...headers, ...own}}
  }
  return present({
    plain: path === undefined ? undefined : route(path),
    echo: echo === undefined ? undefined : route(echo),
    subscribe: subscribe === undefined ? undefined : subscription(subscribe, route, canPublish),
    inbox: options.inbox && inboxOf(options.inbox, route),
    subprotocols: options.subprotocols ?? [],
    textOnly: options.textOnly ?? false,
    maxMessage,
    guaranteedMessage: options.guaranteedMessage ?? maxMessage ?? smallestMessage,
    strictLengths: options.strictLengths ?? false,
    closeTrigger: options.closeTrigger,
    closeTimeoutMs: options.closeTimeout,
    singlePath: options.singlePath ?? false,
  })
}

function subscription(
  given: NonNullable<GivenWs['subscribe']>,
  route: (given: {path: string; headers?: Route['headers'] | undefined}) => Route,
  canPublish: boolean,
): NonNullable<WsEndpoint['subscribe']> {
  const options: Exclude<GivenWs['subscribe'], string | undefined> = asObject(given)
  return present({
    ...route(options),
    payload: options.payload ?? ('raw' as const),
    id: options.id,
    initial: options.initial ?? ('live' as const),
    ready: readyOf(options.ready, canPublish),
  })
}

function inboxOf(
  given: NonNullable<GivenWs['inbox']>,
  route: (given: {path: string; headers?: Route['headers'] | undefined}) => Route,
): NonNullable<WsEndpoint['inbox']> {
  const {ack, message, number, payload, read, refusal} = given
  return {
    ...route(given),
    message: message ?? {},
    number,
    payload,
    first: given.first ?? 1,
    ack,
    refusal,
    read: {
      request: requestOf(read, {method: 'GET'}),
      messages: read.messages,
      payload: read.payload,
    },
  }
}
