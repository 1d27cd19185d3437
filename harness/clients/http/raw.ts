import {responseReader, type HttpReader, type ResponseFact} from '../../models/http.ts'
import type {HowToLeave} from '../../script/common.ts'
import type {Side} from '../../trace.ts'
import type {Play} from '../driver.ts'
import type {Filled} from '../template.ts'
import {deferred} from '../within.ts'
import {connectWire, type Wire} from '../wire.ts'
import type {HttpCall, HttpEnd, HttpOrder} from './call.ts'
import {cutterOf} from './cutter.ts'

/** Sends a request byte by byte as it is; undefined when no connection came about. */
export async function callRaw(play: Play, order: HttpOrder): Promise<HttpCall | undefined> {
  const {client, cut, log, origin, request} = order
  const plan = cut ? {cut: cutterOf(cut, request.method)} : {}
  const wire = await connectWire(play, client, origin, log, plan)
  if (!wire) return undefined
  order.onConnected(wire.conn)
  const call = new RawCall(wire, order)
  void call.send()
  return call
}

/** Methods whose requests are taken to have content: where there is none, they say so (RFC 9110 8.6). */
const bodied = new Set(['POST', 'PUT', 'PATCH'])

/** The bytes of an HTTP/1.1 request (RFC 9112 2.1) to an origin; a Host field of the request's own goes instead of that. */
export function requestBytes(request: Filled, origin: string): Buffer {
  const {body, headers, method, target} = request
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host')
  const fields = [
    ...(hasHost ? [] : [['Host', new URL(origin).host] as const]),
    ...headers,
    ...(body || bodied.has(method) ? [['Content-Length', String(body?.length ?? 0)] as const] : []),
  ]
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`, 'latin1')
  return body ? Buffer.concat([head, body]) : head
}

class RawCall implements HttpCall {
  readonly conn: string
  readonly ended: Promise<HttpEnd>
  readonly #wire: Wire
  readonly #order: HttpOrder
  readonly #reader: HttpReader<ResponseFact>
  readonly #end = deferred<HttpEnd>()

  constructor(wire: Wire, order: HttpOrder) {
    this.conn = wire.conn
    this.ended = this.#end.promise
    this.#wire = wire
    this.#order = order
    this.#reader = responseReader(order.request.method)
    wire.onBytes((bytes) => this.#read(this.#reader.push(bytes), 'server'))
    void wire.ended.then(({by, how}) => {
      // A body may end with the connection (RFC 9112 6.3), but only with one that ended in order.
      if (how === 'fin' && by === 'server') this.#read(this.#reader.end(), by)
      else this.#end.resolve({ending: 'cut', by})
    })
  }

  async send(): Promise<void> {
    const {hold, onSent, origin, request} = this.#order
    const bytes = requestBytes(request, origin)
    if (hold) {
      await this.#wire.write(bytes.subarray(0, -1))
      hold.ready()
      await Promise.race([hold.released, this.ended])
    }
    await this.#wire.write(hold ? bytes.subarray(-1) : bytes)
    if (!this.#wire.socket.destroyed) onSent()
  }

  leave(how: HowToLeave): void {
    this.#wire.leave(how)
    if (how !== 'half') this.#end.resolve({ending: 'cut', by: 'client'})
  }

  close(): void {
    this.#wire.close()
    this.#end.resolve({ending: 'cut', by: 'client'})
  }

  #read(facts: readonly ResponseFact[], by: Side): void {
    for (const fact of facts) {
      if (fact.kind === 'head') this.#order.onHead(fact.head.status, fact.head.headers)
      else if (fact.kind === 'data') this.#order.onData(fact.bytes)
      else if (fact.kind !== 'interim') this.#finish({ending: fact.kind, by})
    }
  }

  #finish(end: HttpEnd): void {
    this.#end.resolve(end)
    if (end.ending !== 'cut') this.#wire.fin()
  }
}
