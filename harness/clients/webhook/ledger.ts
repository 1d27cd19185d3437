import {header, type RequestHead} from '../../models/http.ts'
import type {Place, WebhookEndpoint} from '../../target.ts'
import type {Marks} from '../marks.ts'
import {asText, parsedJson} from '../json.ts'
import {pointer} from '../pointer.ts'

/** Which events a request is about. */
export interface Subject {
  readonly marks: string[]
  readonly eventId?: string
}

/** Recognises the events of the requests that one endpoint gets, and counts their attempts. */
export class Ledger {
  readonly #marks: Marks
  readonly #event: WebhookEndpoint['event']
  readonly #attempts = new Map<string, number>()
  readonly #known = new Map<string, string[]>()

  constructor(marks: Marks, event: WebhookEndpoint['event']) {
    this.#marks = marks
    this.#event = event
  }

  /**
   * The events of a request by its body, as far as that was read. A body that was not read whole may
   * lack its mark: then an event id that came before stands for the marks that came with it.
   */
  subject(head: RequestHead, body: Buffer, whole: boolean): Subject {
    const text = body.toString('utf8')
    const eventId = this.#eventId(head, text)
    const found = this.#marks.in(text)
    const marks =
      found.length > 0 || whole || eventId === undefined ? found : (this.#known.get(eventId) ?? [])
    return {marks, ...(eventId !== undefined && {eventId})}
  }

  /** Counts a request as an attempt, from 1: one more than the most attempted of its marks had. */
  count({marks, eventId}: Subject): number {
    if (eventId !== undefined && marks.length > 0) this.#known.set(eventId, marks)
    const keys = marks.length > 0 ? marks : [`unmarked ${eventId ?? ''}`]
    const attempt = 1 + Math.max(...keys.map((key) => this.#attempts.get(key) ?? 0))
    for (const key of keys) this.#attempts.set(key, attempt)
    return attempt
  }

  /** The number that `count` would give. */
  next({marks}: Subject): number {
    return 1 + Math.max(0, ...marks.map((mark) => this.#attempts.get(mark) ?? 0))
  }

  /** The event's id; of a batch that holds several, all of them as a JSON array. */
  #eventId(head: RequestHead, text: string): string | undefined {
    const place: Place | undefined = this.#event.id
    if (!place) return undefined
    if ('header' in place) return header(head.headers, place.header)
    if ('query' in place) {
      const query = head.target.slice(`${head.target}?`.indexOf('?') + 1)
      return new URLSearchParams(query).get(place.query) ?? undefined
    }
    const ids = this.#events(text).flatMap((event) => {
      const id = asText(pointer(event, place.body))
      return id === undefined ? [] : [id]
    })
    return ids.length > 1 ? JSON.stringify(ids) : ids[0]
  }

  #events(text: string): readonly unknown[] {
    const body = parsedJson(text)
    if (this.#event.batch.pointer === '') return [body]
    const events = pointer(body, this.#event.batch.pointer)
    return Array.isArray(events) ? events : []
  }
}
