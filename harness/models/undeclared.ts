/** What a user must hear first where readers could not be judged: the server speaks otherwise than was declared. */
import {only, type FactOf, type Trace} from '../trace.ts'
import {untried, type Untried} from '../verdict.ts'
import {header} from './http.ts'
import {standIns} from './streams.ts'

/**
 * `untried` for a rule about readers of these mechanisms: names an answer to a poll that the description does not
 * declare, or one in the place of all streams, if there was one.
 */
export function untriedFor(trace: Trace, via: readonly string[], because: string): Untried {
  return untried(undeclaredPoll(trace, via) ?? missingStream(trace, via) ?? because)
}

function undeclaredPoll(trace: Trace, via: readonly string[]): string | undefined {
  const requests = new Map(
    only(trace, 'request')
      .filter((request) => via.includes(request.via))
      .map((request) => [request.name, request]),
  )
  const answers = only(trace, 'answer').filter((answer) => answer.class === 'undeclared')
  for (const {request: name, status, begins = ''} of answers) {
    const request = requests.get(name)
    const body = begins === '' ? 'an empty body' : escaped(begins)
    if (request)
      return `${shown(request)} answered ${status} with ${body}, which the description does not declare`
  }
  return undefined
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
