import type {SseEndpoint} from '../../target.ts'
import type {GivenSse} from '../schema/sse.ts'
import {requestOf} from './request.ts'

/**
 * What a stream is taken to be ready by, when nothing is declared: a probe that came back, where
 * one can be published.
 */
export function readyOf(
  given: 'head' | 'probe' | undefined,
  canPublish: boolean,
): 'head' | 'probe' {
  return given ?? (canPublish ? 'probe' : 'head')
}

/**
 * An event stream: GET with the Accept field of an EventSource, resumed by Last-Event-ID
 * (WHATWG HTML 9.2.2, 9.2.4), whose data is the payload and which begins with what is published
 * later.
 */
export function sseOf(given: GivenSse | {path: string}, canPublish: boolean): SseEndpoint {
  const options: GivenSse = given
  return {
    request: requestOf(options, {method: 'GET', headers: {accept: 'text/event-stream'}}),
    cursor: options.cursor ?? {header: 'Last-Event-ID'},
    payload: options.payload ?? 'raw',
    initial: options.initial ?? 'live',
    ready: readyOf(options.ready, canPublish),
    controlTypes: options.controlTypes ?? [],
  }
}
