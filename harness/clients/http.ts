import type {Play} from './driver.ts'
import type {HttpCall, HttpOrder} from './http/call.ts'
import {callRaw} from './http/raw.ts'
import {callUndici} from './http/undici.ts'

export type {Hold, HttpCall, HttpOrder} from './http/call.ts'

/**
 * Sends one request on a connection of its own; undefined when no connection came about (a `refused` fact
 * says why). What becomes of the request is told to the listeners of the order.
 * It has no deadline: the caller leaves the call when it has waited long enough.
 */
export async function callHttp(play: Play, order: HttpOrder): Promise<HttpCall | undefined> {
  const library = order.over === 'undici' && !order.hold
  return await (library ? callUndici : callRaw)(play, order)
}
