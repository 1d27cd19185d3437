import {only, type FactOf, type Trace} from '../trace.ts'

/** A request for an event stream with the head of its response. */
export interface StreamHead {
  readonly request: FactOf<'request'>
  readonly response: FactOf<'response'>
  /** Indexes of the two facts. */
  readonly facts: readonly [number, number]
}

/** Statuses with a meaning of their own: the stream ends (204), it is elsewhere, or the server is overloaded. */
const otherwise = [204, 301, 307, 308, 429, 503]

/** Every answered request for a stream that had to succeed (WHATWG HTML 9.2.3). */
export function streamHeads(trace: Trace): StreamHead[] {
  return heads(trace).filter(({response}) => !otherwise.includes(response.status))
}

/** Every answer with a status of its own meaning in the place of a stream. */
export function standIns(trace: Trace): StreamHead[] {
  return heads(trace).filter(({response}) => otherwise.includes(response.status))
}

function heads(trace: Trace): StreamHead[] {
  return only(trace, 'request').flatMap((request) => {
    if (request.via !== 'sse' || request.from === 'forged') return []
    const response = only(trace, 'response').find((one) => one.request === request.name)
    if (!response) return []
    return [{request, response, facts: [trace.indexOf(request), trace.indexOf(response)] as const}]
  })
}
