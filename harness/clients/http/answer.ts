import type {Client, Dispatcher} from 'undici'
import type {Headers} from '../../trace.ts'
import type {Filled} from '../template.ts'
import {fieldsOf} from './undici.ts'

/** How long an answer is waited for, in ms; the signal ends that sooner. */
interface Patience {
  readonly ms: number
  readonly signal: AbortSignal
}

/** What is known of a final response: `status` once its head was read, `body` (as UTF-8) once all of it was. */
export interface Answer {
  readonly status?: number
  readonly headers: Headers
  readonly body?: string
}

/** More than this is not read of an answer, in bytes. */
const mostBytes = 1024 * 1024

/** Why a request is given up; nobody sees it. */
const givenUp = new Error('the answer is not waited for any longer')

/** Sends a request over a kept-alive connection, once, and answers what came back in time. Never rejects. */
export async function answerTo(
  client: Client,
  request: Filled,
  {ms, signal}: Patience,
): Promise<Answer> {
  return await new Promise((resolve) => {
    let head: Pick<Answer, 'status' | 'headers'> = {headers: []}
    let started: Dispatcher.DispatchController | undefined
    let isOver = false
    const pieces: Buffer[] = []
    let bytes = 0
    const over = (body?: string): void => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
      resolve({...head, ...(body !== undefined && {body})})
    }
    const giveUp = (): void => {
      over()
      started?.abort(givenUp)
    }
    const timer = setTimeout(giveUp, ms)
    signal.addEventListener('abort', giveUp)
    const {body = null, headers, method, target: path} = request
    client.dispatch(
      {path, method, headers: headers.flat(), body},
      {
        onRequestStart: (controller) => {
          started = controller
          if (isOver) controller.abort(givenUp)
        },
        onResponseStart: (controller, status) => {
          if (status >= 200) head = {status, headers: fieldsOf(controller.rawHeaders)}
        },
        onResponseData: (_controller, piece) => {
          pieces.push(piece)
          bytes += piece.length
          if (bytes > mostBytes) giveUp()
        },
        onResponseEnd: () => over(Buffer.concat(pieces).toString('utf8')),
        onResponseError: () => over(),
      },
    )
    if (signal.aborted) giveUp()
  })
}
