import type {Socket} from 'node:net'
import {Client, type Dispatcher, type buildConnector} from 'undici'
import type {HowToLeave} from '../../script/common.ts'
import type {Headers, Unstamped} from '../../trace.ts'
import type {Play} from '../driver.ts'
import type {FaultySocket} from '../faulty.ts'
import type {Log} from '../recorder.ts'
import {deferred} from '../within.ts'
import {connected, faultySocket} from '../wire.ts'
import type {HttpCall, HttpEnd, HttpOrder} from './call.ts'
import {cutterOf} from './cutter.ts'
import {headWithoutTabs} from './whitespace.ts'

/** Sends a request as a Node program would; undefined when no connection came about. */
export async function callUndici(play: Play, order: HttpOrder): Promise<HttpCall | undefined> {
  const {client, cut, origin, request} = order
  const plan = {handed: headWithoutTabs(), ...(cut && {cut: cutterOf(cut, request.method)})}
  const log = watchingSent(order.log, request.body?.length ?? 0, order.onSent)
  const socket = await connected(faultySocket(play, client, origin, log, plan))
  if (!socket) return undefined
  order.onConnected(socket.conn)
  return new UndiciCall(socket, order)
}

/** An undici connector that hands out sockets which are connected already. */
export function handingOut(take: () => FaultySocket | undefined): buildConnector.connector {
  return (_options, callback) => {
    const socket = take()
    // The client does not see a socket that it is given before it has finished asking.
    if (socket) queueMicrotask(() => callback(null, socket as unknown as Socket))
    else callback(new Error('each client of pushspec has one connection'), null)
  }
}

/** A log that also tells when a request with a body of that many bytes is written whole. */
export function watchingSent(log: Log, bodyBytes: number, onSent: () => void): Log {
  let out = ''
  let whole = false
  return {
    write(fact: Unstamped): void {
      log.write(fact)
      if (fact.kind !== 'out' || whole) return
      out += fact.bytes
      const headBytes = out.indexOf('\r\n\r\n') + 4
      whole = headBytes > 3 && out.length >= headBytes + bodyBytes
      // The fact comes before the write, the instant that is told after it.
      if (whole) queueMicrotask(onSent)
    },
  }
}

class UndiciCall implements HttpCall {
  readonly conn: string
  readonly ended: Promise<HttpEnd>
  readonly #end = deferred<HttpEnd>()
  readonly #socket: FaultySocket
  readonly #client: Client

  constructor(socket: FaultySocket, order: HttpOrder) {
    this.conn = socket.conn
    this.ended = this.#end.promise
    this.#socket = socket
    let unused: FaultySocket | undefined = socket
    const connect = handingOut(() => {
      const taken = unused
      unused = undefined
      return taken
    })
    this.#client = new Client(order.origin, {connect, headersTimeout: 0, bodyTimeout: 0})
    // The library may wait for a peer that it takes to be alive; the script knows better.
    socket.once('cut', () => this.#end.resolve({ending: 'cut', by: 'client'}))
    this.#dispatch(order)
  }

  leave(how: HowToLeave): void {
    this.#socket.leave(how)
    if (how !== 'half') this.#end.resolve({ending: 'cut', by: 'client'})
  }

  close(): void {
    this.#end.resolve({ending: 'cut', by: 'client'})
    this.#socket.leave('fin')
    // Nothing is waited for: all that is open is this one socket.
    this.#client.destroy().catch(() => {})
  }

  #dispatch({onData, onHead, request}: HttpOrder): void {
    const options: Dispatcher.DispatchOptions = {
      path: request.target,
      method: request.method,
      headers: request.headers.flat(),
      body: request.body ?? null,
    }
    this.#client.dispatch(options, {
      onRequestStart: () => {},
      onResponseStart: (controller, status) => {
        if (status >= 200) onHead(status, fieldsOf(controller.rawHeaders))
      },
      onResponseData: (_controller, bytes) => onData(bytes),
      onResponseEnd: () => {
        this.#end.resolve({ending: 'complete', by: 'server'})
        this.close()
      },
      onResponseError: (_controller, error) => this.#failed(error),
    })
  }

  #failed(error: Error): void {
    const {ending} = this.#socket
    const malformed = error.name === 'HTTPParserError'
    this.#end.resolve({
      ending: malformed ? 'malformed' : 'cut',
      by: malformed ? 'server' : (ending?.by ?? 'client'),
    })
    this.close()
  }
}

/** Names and values in turn, as undici has them. */
export function fieldsOf(raw: Dispatcher.DispatchController['rawHeaders']): Headers {
  if (!Array.isArray(raw)) return []
  const texts = raw.map((item) => (typeof item === 'string' ? item : item.toString('latin1')))
  return texts.flatMap((name, index) =>
    index % 2 === 0 ? [[name, texts[index + 1] ?? ''] as const] : [],
  )
}
