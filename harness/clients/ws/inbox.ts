import {owedToInbox, unanswered} from '../../models/ws/inbox.ts'
import type {WsInbox} from '../../target.ts'
import {lagMs} from '../../trace.ts'
import {ask} from '../ask.ts'
import type {Play} from '../driver.ts'
import {longestOf} from '../limits.ts'
import {pause} from '../pause.ts'
import {pointer, setAt} from '../pointer.ts'
import type {Log} from '../recorder.ts'
import {asText, parsedJson} from '../json.ts'
import {fillRequest} from '../template.ts'
import type {WsConnection} from './connection.ts'
import type {Message} from './messages.ts'

/** The numbered messages of one client, and what becomes of them. */
export class Inbox {
  readonly #play: Play
  readonly #client: string
  #channel = ''

  constructor(play: Play, client: string) {
    this.#play = play
    this.#client = client
  }

  /** From now on, messages go to this channel. */
  asked(channel: string): void {
    this.#channel = channel
  }

  /** Sends the message of that number (from 1) as one text frame. */
  async submit(connection: WsConnection, number: number, log: Log): Promise<void> {
    const {marks, service} = this.#play
    const inbox = service.target.ws?.inbox
    if (!inbox || !connection.open) return
    const mark = marks.mint(`m${number}`)
    const numbered = setAt(inbox.message, inbox.number, inbox.first + number - 1)
    const text = JSON.stringify(setAt(numbered, inbox.payload, mark))
    const {conn} = connection
    log.write({
      kind: 'submitting',
      client: this.#client,
      conn,
      channel: this.#channel,
      number,
      mark,
    })
    await connection.send([{opcode: 1, payload: {text}}], {}, log)
  }

  /** A message of the server, which may answer one of ours. */
  take(conn: string, message: Message, log: Log): void {
    const inbox = this.#play.service.target.ws?.inbox
    if (!inbox) return
    const body = parsedJson(message.payload.toString('utf8'))
    for (const [outcome, place] of [
      ['acked', inbox.ack],
      ['refused', inbox.refusal],
    ] as const) {
      const number = Number(asText(pointer(body, place))) - inbox.first + 1
      if (!Number.isInteger(number) || number < 1) continue
      log.write({
        kind: 'receipt',
        client: this.#client,
        conn,
        channel: this.#channel,
        number,
        outcome,
      })
    }
  }

  /**
   * Waits until every message of the connection was answered and then is quiet, and writes `settled`; what has no
   * answer by `limits.deliverMs` and some quiet is waited for no longer. Writes nothing on a connection that ends.
   */
  async settle(connection: WsConnection, log: Log): Promise<void> {
    const {recorder, service, signal} = this.#play
    const {target} = service
    const {deliverMs, quietMs} = target.limits
    if (!(await connection.fence(log))) return
    const boundAt = recorder.now() + longestOf(target) + 2 * (deliverMs + quietMs)
    while (connection.open && !signal.aborted && recorder.now() < boundAt) {
      const waiting = unanswered(recorder.trace, connection.conn, target)
      const now = recorder.now()
      const dues = waiting.map(({since}) => since + this.#overdueMs(since, now))
      const dueAt = Math.max(connection.lastInAt + quietMs, ...dues)
      if (now >= dueAt) {
        const waitedMs = Math.round(now - connection.lastInAt)
        log.write({kind: 'settled', client: this.#client, waitedMs})
        return
      }
      await pause(Math.min(dueAt - now, quietMs), signal)
    }
  }

  /** Reads the control until it shows all that was acknowledged, or `limits.deliverMs` and some quiet have passed behind that; tells what is new, and what it saw last. */
  async read(log: Log): Promise<void> {
    const {recorder, service, signal} = this.#play
    const {target} = service
    const inbox = target.ws?.inbox
    if (!inbox) return
    let before: string | undefined
    while (!signal.aborted) {
      const askedAt = recorder.now()
      const marks = await this.#shown(inbox)
      if (!marks) return
      const missing = owedToInbox(recorder.trace, this.#channel, target).filter(
        ({number}) => !marks.includes(this.#play.marks.mint(`m${number}`)),
      )
      const latest = Math.max(...missing.map(({since}) => since))
      const over = missing.length === 0 || askedAt > latest + this.#overdueMs(latest, askedAt)
      if (over || marks.join() !== before)
        log.write({kind: 'inbox', client: this.#client, channel: this.#channel, marks, askedAt})
      if (over) return
      before = marks.join()
      await pause(target.limits.quietMs, signal)
    }
  }

  /** How long after `since` a judge calls something overdue, in ms: what the harness stood still excuses the server. */
  #overdueMs(since: number, now: number): number {
    const {recorder, service} = this.#play
    const {deliverMs, quietMs} = service.target.limits
    return deliverMs + quietMs + lagMs(recorder.trace, since, now)
  }

  /** The marks of the messages that the control shows, in order; undefined where it does not answer with a list. */
  async #shown({read}: WsInbox): Promise<string[] | undefined> {
    const {marks, service} = this.#play
    const [origin] = service.origins
    const request = fillRequest(read.request, {channel: this.#channel}, service.headers)
    if (!request || origin === undefined) return undefined
    const answer = await ask(this.#play, origin, request)
    if (typeof answer === 'string' || answer.status !== 200) return undefined
    const list = pointer(parsedJson(answer.body), read.messages)
    if (!Array.isArray(list)) return undefined
    return list.flatMap((one) => marks.in(asText(pointer(one, read.payload)) ?? '').slice(0, 1))
  }
}
