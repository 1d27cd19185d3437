import {header} from '../../models/http.ts'
import type {Cut, CursorRef} from '../../script/common.ts'
import type {OpenPoll} from '../../script/poll.ts'
import type {LongpollEndpoint, PollEndpoint} from '../../target.ts'
import type {Bytes} from '../../trace.ts'
import type {Play} from '../driver.ts'
import type {Hold, HttpCall} from '../http.ts'
import type {Log} from '../recorder.ts'
import {fillRequest, type Filled, type Placing} from '../template.ts'
import {ask, type Polled} from './ask.ts'
import {positionOf, type Position} from './position.ts'

/** One poll of a chain. */
export interface Asking {
  readonly as?: string
  readonly cursor?: CursorRef
  readonly limit?: number
  /** The wish for a hold in ms; the nearest that can be said is sent. */
  readonly waitMs?: number
  readonly conditional?: true
  readonly cut?: Cut
  readonly hold?: Hold
  /** Is told the call as soon as it is there. */
  readonly onCall?: (call: HttpCall) => void
}

/** A reader that goes from cursor to cursor along one channel. */
export class PollChain {
  readonly via: 'poll' | 'longpoll'
  readonly channel: string
  readonly endpoint: PollEndpoint
  readonly longpoll: LongpollEndpoint | undefined
  readonly #play: Play
  readonly #client: string
  readonly #open: OpenPoll
  #last: string | undefined
  #previous: {readonly cursor?: string} | undefined
  /** Marks of the events that it was given. */
  readonly #given = new Set<string>()
  /** Tags of answers, by what was asked: a tag holds for one request target only (RFC 9110 8.8.3). */
  readonly #etags = new Map<string, Bytes>()

  constructor(play: Play, client: string, open: OpenPoll, endpoint: PollEndpoint) {
    this.#play = play
    this.#client = client
    this.#open = open
    this.via = open.via
    this.channel = play.channel(open.channel)
    this.endpoint = endpoint
    this.longpoll = open.via === 'longpoll' ? play.service.target.longpoll : undefined
  }

  /** Polls once; undefined when the step does not make sense now, or no connection came about. */
  async poll(asking: Asking, log: Log): Promise<Polled | undefined> {
    const {recorder, service} = this.#play
    const way = {last: this.#last, previous: this.#previous, channel: this.channel}
    const position = positionOf(asking.cursor, way, this.endpoint, recorder.trace)
    const origin = service.origins[this.#open.node ?? 0]
    if (!position || origin === undefined) return undefined
    const wait = this.#wait(asking.waitMs)
    const limit = this.endpoint.limit && asking.limit
    const {cursor, from} = position
    const key = JSON.stringify([cursor, limit])
    const etag = asking.conditional && this.#tagFor(key)
    const values = {channel: this.channel, ...(cursor !== undefined && {cursor})}
    const placings = this.#placings(position, wait?.value, limit)
    const plain = fillRequest(this.endpoint.request, values, service.headers, placings)
    if (!plain) return undefined
    const request = etag === undefined ? plain : conditionally(plain, etag)
    const polled = await ask(this.#play, {
      client: this.#client,
      via: this.via,
      channel: this.channel,
      endpoint: this.endpoint,
      origin,
      request,
      over: this.#open.over ?? 'raw',
      deadlineMs: this.#deadlineMs(wait?.ms),
      log,
      ...asking,
      fact: {
        from,
        ...(cursor !== undefined && {cursor}),
        ...(wait && {waitMs: wait.ms}),
        ...(limit !== undefined && {limit}),
        ...(etag !== undefined && {conditional: true}),
      },
    })
    if (from !== 'forged') this.#previous = cursor === undefined ? {} : {cursor}
    if (!polled) return undefined
    const stale = this.#isStale(polled, cursor)
    this.#learn(polled, key)
    return stale ? {...polled, stale} : polled
  }

  /** Of what may repeat the events at its cursor, an answer that does so and nothing more. */
  #isStale({cursor, marks}: Polled, asked: string | undefined): boolean {
    const {inclusive} = this.endpoint.cursor
    return inclusive && cursor === asked && marks.every((mark) => this.#given.has(mark))
  }

  #learn({class: kind, cursor, etag, marks}: Polled, key: string): void {
    for (const mark of marks) this.#given.add(mark)
    if (kind === 'events' || kind === 'empty') this.#last = cursor ?? this.#last
    if (kind === 'events' || kind === 'empty') {
      if (etag === undefined) this.#etags.delete(key)
      else this.#etags.set(key, etag)
    }
  }

  /** If-None-Match may be the cursor itself, and then is no condition of ours. */
  #tagFor(key: string): Bytes | undefined {
    const taken = this.endpoint.cursor.send.some(
      (place) => 'header' in place && header([[place.header, '']], 'if-none-match') === '',
    )
    return taken ? undefined : this.#etags.get(key)
  }

  #placings({placings}: Position, wait: number | undefined, limit: number | undefined): Placing[] {
    const all: Placing[] = [...placings]
    const waitPlace = this.longpoll?.wait.send
    if (waitPlace && wait !== undefined) all.push({place: waitPlace, value: wait})
    const limitPlace = this.endpoint.limit?.send
    if (limitPlace && limit !== undefined) all.push({place: limitPlace, value: limit})
    return all
  }

  /** The hold that can be asked for: in whole units, rounded up where that is not more than the longest. */
  #wait(wishMs: number | undefined): {value: number; ms: number} | undefined {
    const wait = this.longpoll?.wait
    if (!wait?.send || wishMs === undefined) return undefined
    const unitMs = wait.unit === 's' ? 1000 : 1
    const value = Math.min(Math.ceil(wishMs / unitMs), Math.floor(wait.maxMs / unitMs))
    return {value, ms: value * unitMs}
  }

  #deadlineMs(askedMs: number | undefined): number {
    const {limits} = this.#play.service.target
    const wait = this.longpoll?.wait
    // Longer than the limit: who gives up at the limit cannot say that it was passed.
    if (!wait) return limits.answerMs + limits.slackMs
    return (askedMs ?? wait.defaultMs) * (1 + wait.jitter) + wait.lateMs + limits.deliverMs
  }
}

/** The tag goes back byte by byte: it may hold any obs-text (RFC 9110 8.8.3). */
function conditionally(request: Filled, etag: Bytes): Filled {
  const others = request.headers.filter(([name]) => name !== 'if-none-match')
  return {...request, headers: [...others, ['if-none-match', etag]]}
}
