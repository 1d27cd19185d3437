import {Client, type Dispatcher} from 'undici'
import type {Headers} from '../trace.ts'
import type {Play} from './driver.ts'
import {fieldsOf} from './http/undici.ts'
import type {Filled} from './template.ts'

/** A longer answer is read no further. */
const maxAnswerBytes = 1024 * 1024

/** A whole answer; the body is UTF-8. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** Why there is no whole answer; `status` once a final head was read. */
export interface NotAnswered {
  readonly why: string
  readonly status?: number
}

/** How long an answer is waited for, in ms; the signal ends that sooner. */
interface Patience {
  readonly ms: number
  readonly signal: AbortSignal
}

/** Sends one request on a connection of its own: the answer, or why there is none. It has a deadline, and leaves no fact. */
export async function ask(play: Play, origin: string, request: Filled): Promise<Answered | string> {
  const {connectMs, headMs} = play.service.target.limits
  const client = new Client(origin, {
    pipelining: 1,
    connect: {timeout: connectMs},
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  try {
    const patience = {ms: connectMs + 2 * headMs, signal: play.signal}
    const answer = await askOver(client, request, patience)
    return 'why' in answer ? answer.why : answer
  } finally {
    await client.destroy()
  }
}

/** Sends one request over a client, never again: the answer, or why there is none. Leaves no fact, and never rejects. */
export async function askOver(
  client: Client,
  request: Filled,
  {ms, signal}: Patience,
): Promise<Answered | NotAnswered> {
  return await new Promise((resolve) => {
    let head: Omit<Answered, 'body'> | undefined
    let started: Dispatcher.DispatchController | undefined
    let isOver = false
    const pieces: Buffer[] = []
    let bytes = 0
    const over = (answer: Answered | NotAnswered): void => {
      isOver = true
      clearTimeout(timer)
      signal.removeEventListener('abort', leave)
      resolve(answer)
    }
    const giveUp = (why: string): void => {
      if (isOver) return
      over({why, ...(head && {status: head.status})})
      started?.abort(new Error(why))
    }
    const timer = setTimeout(() => giveUp(`no answer within ${ms} ms`), ms)
    const leave = (): void => giveUp('the case is over')
    signal.addEventListener('abort', leave)
    const {body = null, headers, method, target: path} = request
    const options: Dispatcher.DispatchOptions = {path, method, headers: headers.flat(), body}
    client.dispatch(options, {
      onRequestStart: (controller) => {
        started = controller
        if (isOver) controller.abort(new Error('given up before it began'))
      },
      onResponseStart: (controller, status) => {
        if (status >= 200) head = {status, headers: fieldsOf(controller.rawHeaders)}
      },
      onResponseData: (_controller, piece) => {
        pieces.push(piece)
        bytes += piece.length
        if (bytes > maxAnswerBytes) giveUp(`an answer above ${maxAnswerBytes} bytes`)
      },
      onResponseEnd: () => {
        if (isOver) return
        const text = Buffer.concat(pieces).toString('utf8')
        over(head ? {...head, body: text} : {why: 'no answer'})
      },
      // A network error, or a broken answer.
      onResponseError: (_controller, error) => giveUp(error.message),
    })
    if (signal.aborted) leave()
  })
}
