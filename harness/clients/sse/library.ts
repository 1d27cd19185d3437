import {EventSource, type EventSourceFetchInit, type FetchLikeResponse} from 'eventsource'
import {Client, fetch, type Response} from 'undici'
import {sseReader, type SseReader} from '../../models/sse.ts'
import type {HowToLeave} from '../../script/common.ts'
import type {Play} from '../driver.ts'
import type {FaultySocket} from '../faulty.ts'
import {cutterOf} from '../http/cutter.ts'
import {handingOut, watchingSent} from '../http/undici.ts'
import {headWithoutTabs} from '../http/whitespace.ts'
import {deferred} from '../within.ts'
import {connected, faultySocket} from '../wire.ts'
import {tellEvents, type Stream, type StreamEnd, type StreamOrder} from './stream.ts'

/**
 * Opens a stream by the npm package `eventsource`, as a user of it would, over one connection: what it would do
 * next (reconnect) is left to the script. Events are told as the bytes say them: the library keeps back a line
 * that ends with CR until the next byte has come, which is no fault of the server. Undefined when no connection
 * came about.
 */
export async function openByLibrary(play: Play, order: StreamOrder): Promise<Stream | undefined> {
  const {client, cut, origin, request} = order
  const plan = {handed: headWithoutTabs(), ...(cut && {cut: cutterOf(cut, request.method)})}
  const log = watchingSent(order.log, request.body?.length ?? 0, order.onSent)
  const socket = await connected(faultySocket(play, client, origin, log, plan))
  if (!socket) return undefined
  order.onConnected(socket.conn)
  return new LibraryStream(play, socket, order)
}

class LibraryStream implements Stream {
  readonly conn: string
  readonly ended: Promise<StreamEnd>
  readonly #end = deferred<StreamEnd>()
  readonly #order: StreamOrder
  readonly #socket: FaultySocket
  readonly #client: Client
  readonly #source: EventSource
  readonly #reader: SseReader
  #over = false

  constructor(play: Play, socket: FaultySocket, order: StreamOrder) {
    this.conn = socket.conn
    this.ended = this.#end.promise
    this.#order = order
    this.#socket = socket
    this.#reader = sseReader({lastEventId: order.lastEventId})
    let unused: FaultySocket | undefined = socket
    const connect = handingOut(() => {
      const taken = unused
      unused = undefined
      return taken
    })
    this.#client = new Client(order.origin, {connect, headersTimeout: 0, bodyTimeout: 0})
    this.#source = new EventSource(order.origin + order.request.target, {
      fetch: (url, init) => this.#fetch(url, init),
    })
    this.#source.addEventListener('error', () => this.#failed())
    socket.once('cut', () => this.#finish('client'))
    // Whatever of ours ends it is over before.
    socket.once('close', () => this.#finish(play.signal.aborted ? 'client' : 'server'))
  }

  lastEventId(): string {
    return this.#reader.lastEventId()
  }

  leave(how: HowToLeave): void {
    this.#socket.leave(how)
    this.#finish('client')
  }

  close(): void {
    this.#finish('client')
    this.#source.close()
    this.#socket.leave('fin')
    this.#client.destroy().catch(() => {}) // nothing is waited for: its one socket is gone
  }

  async #fetch(url: string | URL, init: EventSourceFetchInit): Promise<FetchLikeResponse> {
    const {onHead, request} = this.#order
    const headers = {...init.headers, ...Object.fromEntries(request.headers)}
    const options = {...init, headers, method: request.method, dispatcher: this.#client}
    const response = await fetch(url, options)
    if (!this.#over) onHead(response.status, [...response.headers])
    const body = this.#listeningTo(response.body)
    const {headers: fields, redirected, status, url: place} = response
    return {body, headers: fields, redirected, status, url: place}
  }

  #listeningTo(body: Response['body']): FetchLikeResponse['body'] {
    if (!body) return null
    return {
      getReader: () => {
        const reader = body.getReader()
        return {
          cancel: () => reader.cancel(),
          read: async () => {
            const {done, value} = await reader.read()
            if (done) return {done}
            if (!this.#over) tellEvents(this.#order, this.#reader.push(value as Uint8Array))
            return {done, value}
          },
        }
      },
    }
  }

  #failed(): void {
    if (this.#over) return
    // It would come back by itself, with a timer that it sets behind this event.
    queueMicrotask(() => this.#source.close())
    this.#finish('server')
  }

  #finish(by: StreamEnd['by']): void {
    if (this.#over) return
    this.#over = true
    // With half a close or a stall the connection lasts; the library would end it.
    if (this.#socket.destroyed) this.#source.close()
    const partial = this.#reader.end().some((fact) => fact.kind === 'unfinished')
    this.#end.resolve({by, partial})
  }
}
