import {mechanisms} from '../../target.ts'
import {keysOf, type Key} from '../key.ts'

const delivery = '`exactly-once`, `at-least-once` or `at-most-once`'

/** What the target promises, and how long things may take. */
export const claimKeys: readonly Key[] = keysOf([
  ['claims', 'object', '`{}`', 'What the target promises. What is left out is not claimed.'],
  [
    'claims.resume',
    'object',
    'not claimed',
    'A reader that comes back is given what it missed. Says how far back: `events`, `age`, or both.',
  ],
  ['claims.resume.events', 'number', 'no bound', 'At least so many events back.'],
  ['claims.resume.age', 'duration', 'no bound', 'At least so long back.'],
  [
    'claims.ordering',
    '`total`, `per-publisher` or `none`',
    '`none`',
    'All readers of a channel see one order; or the events of one publisher in its order.',
  ],
  [
    'claims.delivery',
    `${delivery}; or an object of them by mechanism`,
    'not claimed',
    'How often an acknowledged event reaches a reader. `at-least-once`: what is repeated stands at the beginning of a connection or an answer; so it is judged without a claim, too.',
  ],
  ...mechanisms.map(
    (mechanism) =>
      [`claims.delivery.${mechanism}`, delivery, 'not claimed', `For ${mechanism} alone.`] as const,
  ),
  ['claims.durable', 'flag', '`false`', 'What was acknowledged survives SIGKILL.'],
  [
    'claims.outOfOrder',
    '`reordered`, `refused` or `as-it-comes`',
    'not claimed',
    'What becomes of a message on `ws.inbox` that comes before an earlier one; one that comes again is applied once.',
  ],
  ['limits', 'object', '`{}`', 'How long things may take, and how many at once.'],
  ['limits.connectMs', 'duration', '2000', 'To connect.'],
  ['limits.headMs', 'duration', '2000', 'From a request to the head of its response.'],
  ['limits.answerMs', 'duration', '1000', 'From a short poll to the end of its answer.'],
  [
    'limits.deliverMs',
    'duration',
    '1000',
    'From the acknowledgement of a publish to its arrival at every reader.',
  ],
  ['limits.publishMs', 'duration', '2000', 'From a publish to its acknowledgement.'],
  ['limits.quietMs', 'duration', '40', 'Silence that counts as "nothing more comes".'],
  ['limits.handshakeMs', 'duration', '2000', 'WebSocket: from the connection to the 101.'],
  [
    'limits.failMs',
    'duration',
    '2000',
    'WebSocket: from a violation to the end of the connection.',
  ],
  ['limits.closeMs', 'duration', '2000', 'WebSocket: from a Close frame to its answer.'],
  [
    'limits.tcpCloseMs',
    'duration',
    '2000',
    'WebSocket: from the closing handshake to the TCP close.',
  ],
  ['limits.pongMs', 'duration', '1000', 'WebSocket: from a ping to its pong.'],
  ['limits.slackMs', 'duration', '100', 'Allowance on every declared time.'],
  ['limits.maxConnections', 'number', '500', 'The most connections at a time.'],
  ['limits.maxRate', 'number', '2000', 'The most cases begun per second.'],
])
