/** What a user must hear first where polls could not be judged: the server speaks otherwise than was declared. */
import {only, type Trace} from '../trace.ts'
import {untried, type Untried} from '../verdict.ts'

/** `untried` for a rule about polls of these mechanisms: names an answer that the description does not declare, if there was one. */
export function untriedPolls(trace: Trace, via: readonly string[], because: string): Untried {
  const requests = new Map(
    only(trace, 'request')
      .filter((request) => via.includes(request.via))
      .map((request) => [request.name, request]),
  )
  for (const {class: kind, request: name, status, begins = ''} of only(trace, 'answer')) {
    const request = requests.get(name)
    if (!request || kind !== 'undeclared') continue
    const {channel, method, target} = request
    // Without what is of this case only, so that many cases give one reason.
    const [own = ''] = target.split('?')
    const path = own
      .split('/')
      .map((part) => (part === encodeURIComponent(channel) ? '{channel}' : part))
      .join('/')
    const body = begins === '' ? 'an empty body' : escaped(begins)
    return untried(
      `${method} ${path} answered ${status} with ${body}, which the description does not declare`,
    )
  }
  return untried(because)
}

/** As a JSON string of printable ASCII: what a server sends must not reach a terminal as it is. */
function escaped(text: string): string {
  return JSON.stringify(text).replaceAll(/[^ -~…]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
