import {chargeMissingEcho} from './deliveries.ts'
import {charge, duePing, type Observer} from './observer.ts'
import {chargeMissingPong} from './pongs.ts'
import {isTriggered} from './closing.ts'
import type {Charge} from './attribution.ts'

/** Something that must have happened before `at`, ms; `miss` says what broke if it has not. */
interface Deadline {
  readonly at: number
  readonly miss: () => void
}

/** The server must fail the connection (oracle 2.6 item 4a). */
function failing(it: Observer, since: (at: number) => number): Deadline[] {
  const {doom} = it.client
  if (doom === undefined) return []
  const {failMs, tcpCloseMs} = it.terms.limits
  const must = since(doom.at) + failMs
  const {serverClose} = it
  if (serverClose === undefined)
    return [late(it, must, {rule: doom.rule, kind: 'not-failed'}, [failed, 'failMs'], 'open')]
  // RFC 6455 section 7.1.7: to fail is to close TCP, whether or not a Close frame went before; that the
  // server does so first, and does not wait for the client's Close, is a SHOULD (7.1.1).
  const at = Math.max(must, serverClose.at + tcpCloseMs)
  const found = {rule: doom.rule, kind: 'tcp-left-open', level: 'SHOULD'} as const
  return [late(it, at, found, [tcp, 'tcpCloseMs'], 'open after Close')]
}

const failed = 'a failed connection'
const tcp = 'a TCP close'

/** Something that was expected within limits of the description, which are named. */
function late(
  it: Observer,
  at: number,
  found: Charge,
  [what, ...limits]: readonly [string, ...string[]],
  saw: string,
): Deadline {
  const within = limits
    .map((limit) => (limit.includes('.') ? limit : `limits.${limit}`))
    .join(' + ')
  return {at, miss: () => charge(it, found, `${what} within ${within}`, saw)}
}

/** The closing handshake, whoever began it (RFC 6455 sections 5.5.1, 7.1.1). */
function closing(it: Observer, since: (at: number) => number): Deadline[] {
  const {client, serverClose, finAt, terms} = it
  const {closeMs, tcpCloseMs, unansweredMs} = terms.limits
  const {close} = client
  if (serverClose !== undefined && close !== undefined) {
    const at = Math.max(close.at, serverClose.at) + tcpCloseMs
    return [
      late(it, at, {rule: 'tcp-by-server', kind: 'tcp-left-open'}, [tcp, 'tcpCloseMs'], 'open'),
    ]
  }
  if (serverClose !== undefined && finAt === undefined) {
    // RFC 6455 section 7.1.1 bounds the wait for an answer by nothing but what is declared.
    if (unansweredMs === undefined) return []
    const at = serverClose.at + unansweredMs
    const limits = ['ws.closeTimeout', 'tcpCloseMs'] as const
    return [late(it, at, {rule: 'unanswered', kind: 'tcp-left-open'}, [tcp, ...limits], 'open')]
  }
  if (finAt !== undefined) {
    // A Close that is still to be answered gives the server the time for that as well.
    const at = Math.max(since(finAt), close?.at ?? 0, serverClose?.at ?? 0)
    const wait = close === undefined ? tcpCloseMs : closeMs + tcpCloseMs
    const limits = close === undefined ? ['tcpCloseMs'] : ['closeMs', 'tcpCloseMs']
    const found = {rule: 'half-close', kind: 'tcp-left-open'} as const
    return [late(it, at + wait, found, [tcp, ...limits], 'open')]
  }
  if (close === undefined) return []
  const found = {rule: 'close-echo', kind: 'no-close-frame'} as const
  return [late(it, since(close.at) + closeMs, found, ['a Close', 'closeMs'], 'none')]
}

/** What an open connection owes: echoes, the latest pong, a close that was asked for. */
function serving(it: Observer, since: (at: number) => number): Deadline[] {
  const {client, terms} = it
  const {failMs, closeMs, pongMs} = terms.limits
  const list: Deadline[] = []
  const {withheld} = client
  if (withheld?.since !== undefined) {
    const found = {rule: withheld.rule, kind: 'not-failed', level: 'SHOULD'} as const
    list.push(
      late(
        it,
        since(withheld.since) + failMs,
        found,
        ['a failure before the rest', 'failMs'],
        'open',
      ),
    )
  }
  const ping = duePing(it)
  const message = terms.echo ? client.messages[it.echoed] : undefined
  if (message !== undefined)
    list.push({
      at: since(message.at) + Math.max(failMs, pongMs),
      miss: () => chargeMissingEcho(it),
    })
  if (ping !== undefined) {
    // A server on its way to a permitted failure has the time to fail.
    const at = since(ping.at) + (client.mayFail ? Math.max(pongMs, failMs) : pongMs)
    // Where an earlier message is stuck too, it is the cause, and the pong a consequence.
    const stuck = message !== undefined && message.last < ping.index && it.strayPong === undefined
    list.push({at, miss: () => (stuck ? chargeMissingEcho(it) : chargeMissingPong(it))})
  }
  const {closeTriggeredAt} = it.exchange
  if (closeTriggeredAt !== undefined && isTriggered(it)) {
    const found = {rule: 'server-initiated', kind: 'no-close-frame'} as const
    list.push(late(it, since(closeTriggeredAt) + closeMs, found, ['a Close', 'closeMs'], 'none'))
  }
  return list
}

/**
 * Lets time pass up to `now`, ms: what should have happened before, and has not, is broken. The
 * earliest deadline counts; each runs from its stimulus or from the server's last owed answer, since
 * a server may work off what came before.
 */
export function passTime(it: Observer, now: number): void {
  if (it.broken !== undefined) return
  const since = (at: number): number => Math.max(at, it.progressAt)
  const {client} = it
  const leaving =
    client.close !== undefined || it.serverClose !== undefined || it.finAt !== undefined
  it.now = Math.max(it.now, now)
  const list =
    client.doom !== undefined
      ? failing(it, since)
      : leaving
        ? closing(it, since)
        : serving(it, since)
  const [first] = list.toSorted((a, b) => a.at - b.at)
  if (first === undefined || first.at > now) return
  it.now = first.at
  it.chunk = undefined
  first.miss()
  markTimed(it)
}

/** What broke just now did so by nothing but time. */
function markTimed(it: Observer): void {
  if (it.broken !== undefined) it.broken = {...it.broken, timed: true}
}
