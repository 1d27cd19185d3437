/** What a user must hear first where readers could not be judged: the server speaks otherwise than was declared. */
import type {Target} from '../target.ts'
import {only, type FactOf, type Trace} from '../trace.ts'
import {untried, type Untried} from '../verdict.ts'
import {header} from './http.ts'
import {standIns} from './streams.ts'

/**
 * `untried` for a rule about readers of these mechanisms: names an answer to a poll that the description does not
 * declare, a refusal of all polls, or an answer in the place of all streams, if there was one.
 */
export function untriedFor(trace: Trace, via: readonly string[], because: string): Untried {
  const polls = answeredPolls(trace, via)
  return untried(undeclaredPoll(polls) ?? refusal(polls) ?? missingStream(trace, via) ?? because)
}

/** Why no chain of polls of these mechanisms can be followed, if it is that events come without a cursor. */
export function withoutCursor(
  trace: Trace,
  target: Target,
  via: readonly string[],
): string | undefined {
  const polls = answeredPolls(trace, via).filter(({answer}) => answer.class === 'events')
  const [first] = polls
  if (!first || polls.some(({answer}) => answer.cursor !== undefined)) return undefined
  const {request} = first
  const endpoint = target[request.via === 'longpoll' ? 'longpoll' : 'poll']
  const places = JSON.stringify(endpoint?.cursor.receive)
  return `${shown(request)} gave events, and no cursor at ${places}, where the description says that it is`
}

/** A poll with its answer. */
interface AnsweredPoll {
  readonly request: FactOf<'request'>
  readonly answer: FactOf<'answer'>
}

function answeredPolls(trace: Trace, via: readonly string[]): AnsweredPoll[] {
  const answers = new Map(only(trace, 'answer').map((answer) => [answer.request, answer]))
  return only(trace, 'request')
    .filter((request) => via.includes(request.via))
    .flatMap((request) => {
      const answer = answers.get(request.name)
      return answer ? [{request, answer}] : []
    })
}

function undeclaredPoll(polls: readonly AnsweredPoll[]): string | undefined {
  const found = polls.find(({answer}) => answer.class === 'undeclared')
  if (!found) return undefined
  const {status, begins = ''} = found.answer
  const body = begins === '' ? 'an empty body' : escaped(begins)
  return `${shown(found.request)} answered ${status} with ${body}, which the description does not declare`
}

function refusal(polls: readonly AnsweredPoll[]): string | undefined {
  const own = polls.filter(({request}) => request.from !== 'forged')
  const [first] = own
  if (!first || own.some(({answer}) => answer.class !== 'refused')) return undefined
  return `${shown(first.request)} answered ${first.answer.status} whenever it was asked`
}

function missingStream(trace: Trace, via: readonly string[]): string | undefined {
  const opened = only(trace, 'opened').some((one) => one.via === 'sse')
  const [first] = via.includes('sse') && !opened ? standIns(trace) : []
  if (!first) return undefined
  const {request, response} = first
  const location = header(response.headers, 'location')
  const where =
    location === undefined ? '' : ` (Location: ${anyChannel(escaped(location), request)})`
  return `${shown(request)} answered ${response.status}${where}, and no stream`
}

function shown(request: FactOf<'request'>): string {
  const [path = ''] = request.target.split('?')
  return `${request.method} ${anyChannel(path, request)}`
}

/** Without the name that the channel has in this case only, so that many cases give one reason. */
function anyChannel(text: string, {channel}: FactOf<'request'>): string {
  const own = encodeURIComponent(channel)
  const split = text.split(/([/?&="])/)
  return split.map((part) => (part === own ? '{channel}' : part)).join('')
}

/** As a JSON string of printable ASCII: what a server sends must not reach a terminal as it is. */
function escaped(text: string): string {
  return JSON.stringify(text).replaceAll(/[^ -~…]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
