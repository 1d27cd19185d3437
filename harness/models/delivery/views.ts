/**
 * What each reader was given, link by link. A link is one stream connection or one complete poll answer;
 * a view is all that a reader holds at one position: what came before its cursor, and what the link added.
 * Views are keyed by cursor, so that going on, reading again and coming back are one and the same thing.
 */
import type {Target} from '../../target.ts'
import type {FactOf, Fact, From, Trace} from '../../trace.ts'
import {publications, type Publication} from './publications.ts'

/** One event that a reader was given: its mark, and the index of its `event` fact. */
export interface Given {
  readonly mark: string
  readonly at: number
  readonly fact: number
}

/** Where a chain of links began: with the oldest event, or with what is published after `readyAt`. */
export interface Start {
  readonly from: 'oldest' | 'live'
  readonly readyAt: number
}

export interface Link {
  readonly client: string
  readonly via: string
  readonly channel: string
  /** How the reader asked for its position. */
  readonly from: From
  /** When the request began, and when its answer or stream was there. */
  readonly askedAt: number
  readonly readyAt: number
  /** When the stream ended; Infinity while it is open; the time of the answer of a poll. */
  endedAt: number
  /** The stream ended inside an event. */
  partial: boolean
  readonly endedBefore: {readonly at: number; readonly partial: boolean} | undefined
  readonly start: Start
  /** False where the position lies outside what the target claims to keep: then nothing before `readyAt` is owed. */
  readonly guaranteed: boolean
  /** What lay before the cursor of this link. */
  readonly base: readonly Given[]
  readonly got: Given[]
  /** Polls: nothing new was there. */
  empty: boolean
  readonly poll: boolean
  /** Polls: the client had given up an answer half-way before. */
  readonly afterCut: boolean
  /** The cursor that names the position behind this link; absent before its first event. */
  cursor: string | undefined
  /** Index of the fact that made the link. */
  readonly fact: number
}

interface Position {
  readonly start: Start
  readonly given: readonly Given[]
}

/** A list of events with the repeats left out. */
export function firsts(given: readonly Given[]): Given[] {
  const seen = new Set<string>()
  return given.filter((one) => {
    if (seen.has(one.mark)) return false
    seen.add(one.mark)
    return true
  })
}

/** Follows every reader of a trace and answers its links in order. */
export function links(trace: Trace, target: Target): Link[] {
  const follower = new Follower(trace, target)
  for (const [index, fact] of trace.entries()) follower.take(fact, index)
  return follower.links
}

class Follower {
  readonly links: Link[] = []
  readonly #target: Target
  readonly #published: readonly Publication[]
  readonly #positions = new Map<string, Position>()
  readonly #requests = new Map<string, FactOf<'request'>>()
  readonly #streams = new Map<string, Link>()
  readonly #cut = new Set<string>()
  readonly #pending = new Map<string, {fact: FactOf<'event'>; index: number}[]>()

  constructor(trace: Trace, target: Target) {
    this.#target = target
    this.#published = publications(trace)
  }

  take(fact: Fact, index: number): void {
    switch (fact.kind) {
      case 'request':
        this.#requests.set(fact.name, fact)
        break
      case 'opened':
        this.#opened(fact, index)
        break
      case 'event':
        this.#event(fact, index)
        break
      case 'answer':
        this.#answer(fact, index)
        break
      case 'closed':
        this.#closed(fact)
        break
      default:
        break
    }
  }

  #opened(fact: FactOf<'opened'>, index: number): void {
    const request = this.#requests.get(fact.request)
    if (!request) return
    const initial =
      fact.via === 'ws' ? this.#target.ws?.subscribe?.initial : this.#target.sse?.initial
    const link = this.#link(fact, index, {
      poll: false,
      from: fact.from,
      cursor: fact.cursor,
      initial: initial ?? 'live',
      askedAt: request.at,
      channel: request.channel,
    })
    this.#streams.set(fact.conn, link)
  }

  #answer(fact: FactOf<'answer'>, index: number): void {
    const events = this.#pending.get(fact.request) ?? []
    this.#pending.delete(fact.request)
    const request = this.#requests.get(fact.request)
    if (fact.ending === 'cut') this.#cut.add(fact.client)
    if (!request || fact.ending !== 'complete') return
    if (fact.class !== 'events' && fact.class !== 'empty' && fact.class !== 'unchanged') return
    const via = request.via === 'longpoll' ? 'longpoll' : 'poll'
    const link = this.#link({...request, at: fact.at}, index, {
      poll: true,
      from: request.from,
      cursor: request.cursor,
      initial: this.#target[via]?.cursor.start === 'now' ? 'live' : 'oldest',
      askedAt: request.at,
      channel: request.channel,
    })
    link.endedAt = fact.at
    for (const {fact: event, index} of events) this.#add(link, event, index)
    const cursor = fact.cursor ?? request.cursor
    const before = new Set(link.base.map(({mark}) => mark))
    const stale =
      this.#target[via]?.cursor.inclusive === true &&
      cursor === request.cursor &&
      link.got.every(({mark}) => before.has(mark))
    link.empty = (fact.count === 0 || stale) && fact.more !== true
    if (cursor !== undefined) this.#mark(link, cursor)
  }

  #event(fact: FactOf<'event'>, index: number): void {
    const stream = this.#streams.get(fact.conn)
    if (stream) {
      this.#add(stream, fact, index)
      const cursor = fact.cursor ?? fact.id
      if (cursor !== undefined) this.#mark(stream, cursor)
    } else if (fact.request !== undefined) {
      const events = this.#pending.get(fact.request) ?? []
      events.push({fact, index})
      this.#pending.set(fact.request, events)
    }
  }

  #closed(fact: FactOf<'closed'>): void {
    const stream = this.#streams.get(fact.conn)
    if (!stream || stream.endedAt !== Infinity) return
    stream.endedAt = fact.at
    stream.partial = fact.partial === true
  }

  #add(link: Link, fact: FactOf<'event'>, index: number): void {
    if (fact.mark !== undefined) link.got.push({mark: fact.mark, at: fact.at, fact: index})
  }

  /** The position that `cursor` names: behind the last event that came, which may be a repeat of an earlier one. */
  #mark(link: Link, cursor: string): void {
    link.cursor = cursor
    const given = firsts([...link.base, ...link.got])
    // Without an order the cursor of an answer need not be that of its last event.
    const unordered = link.poll && this.#target.claims.ordering === 'none'
    const last = unordered ? undefined : link.got.at(-1)
    const place = last ? given.findIndex((one) => one.mark === last.mark) : given.length - 1
    this.#positions.set(`${link.channel}\n${cursor}`, {
      start: link.start,
      given: given.slice(0, place + 1),
    })
  }

  #link(
    fact: {client: string; via: string; at: number},
    index: number,
    how: {
      poll: boolean
      from: From
      cursor: string | undefined
      initial: 'live' | 'oldest'
      askedAt: number
      channel: string
    },
  ): Link {
    const {channel} = how
    const known =
      how.cursor === undefined || how.from === 'forged'
        ? undefined
        : this.#positions.get(`${channel}\n${how.cursor}`)
    const fresh: Start = {
      from: how.cursor === undefined ? how.initial : 'live',
      readyAt: how.poll ? how.askedAt : fact.at,
    }
    const {start, given} = known ?? {start: fresh, given: []}
    const isNew = known === undefined && start.from === 'live'
    const guaranteed = isNew || this.#guaranteed(start, given, how.askedAt, fact.at, channel)
    const before = this.links.findLast((link) => link.client === fact.client && !link.poll)
    const link: Link = {
      client: fact.client,
      via: fact.via,
      channel,
      from: how.from,
      askedAt: how.askedAt,
      readyAt: fact.at,
      endedAt: Infinity,
      partial: false,
      endedBefore: before && {at: before.endedAt, partial: before.partial},
      start: guaranteed ? start : {from: 'live', readyAt: how.poll ? Infinity : fact.at},
      guaranteed,
      base: guaranteed ? given : [],
      got: [],
      empty: false,
      poll: how.poll,
      afterCut: this.#cut.has(fact.client),
      cursor: undefined,
      fact: index,
    }
    this.links.push(link)
    return link
  }

  /**
   * Whether the target promises everything behind this position: the number of events that may lie
   * behind it and the age of the last one must be inside the claimed window (oracles: retention).
   * All publishes that may have taken effect count, so that doubt is in the server's favour.
   */
  #guaranteed(
    start: Start,
    given: readonly Given[],
    askedAt: number,
    readyAt: number,
    channel: string,
  ): boolean {
    const window = this.#target.claims.resume ?? {events: 2, ms: Infinity}
    const held = new Set(given.map((one) => one.mark))
    const last = given.at(-1)
    const lastSent = this.#published.find((one) => one.mark === last?.mark)?.sentAt ?? 0
    const maybeAfter = this.#published.filter(
      (one) =>
        one.channel === channel &&
        one.outcome !== 'refused' &&
        one.sentAt <= readyAt &&
        (start.from === 'oldest' || one.endedAt > start.readyAt) &&
        !held.has(one.mark),
    )
    const oldest = maybeAfter[0]?.sentAt ?? askedAt
    const ageMs = readyAt - (last ? lastSent : oldest)
    return maybeAfter.length <= window.events - 1 && ageMs <= window.ms
  }
}
