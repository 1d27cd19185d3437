import {createHash} from 'node:crypto'
import type {HandshakeSpec} from '../../script/ws.ts'

/** What the opening handshake of a client is made from. */
export interface Opening {
  /** `http://127.0.0.1:8080`. */
  readonly origin: string
  /** Path and query, filled in. */
  readonly target: string
  /** Fields of the description, secrets filled in. */
  readonly headers: Readonly<Record<string, string>>
  readonly spec: HandshakeSpec
  /** What the key is derived from, so that a script gives the same bytes again. */
  readonly seed: string
}

/** A Sec-WebSocket-Key: 16 bytes in base64 (RFC 6455 4.1 item 7). */
export function openingKey(seed: string, hex?: string): string {
  const bytes =
    hex === undefined
      ? createHash('sha256').update(seed).digest().subarray(0, 16)
      : Buffer.from(hex, 'hex')
  return bytes.toString('base64')
}

/**
 * The bytes of an opening handshake (RFC 6455 4.1), as the script changed it.
 * Fields of the description go along in any case, except where the script names them itself.
 */
export function openingRequest({origin, target, headers, spec, seed}: Opening): Buffer {
  const host = new URL(origin).host
  const key = openingKey(seed, spec.key)
  // A pair that shrinking cut in half is no field.
  const own = (spec.fields ?? validFields).filter(([, value]) => value !== undefined)
  const names = new Set(own.map(([name]) => name.toLowerCase()))
  if (spec.withoutHost) names.add('host')
  const more = Object.entries(headers).filter(([name]) => !names.has(name.toLowerCase()))
  const hasHost = names.has('host') || more.some(([name]) => name.toLowerCase() === 'host')
  const first = hasHost ? [] : [['Host', '{host}'] as const]
  const lines = [...first, ...own, ...more].map(([name, value]) => {
    const filled = value.replaceAll('{key}', key).replaceAll('{host}', host)
    return `${name}${spec.colon ?? ': '}${filled}\r\n`
  })
  const version = spec.version ?? 'HTTP/1.1'
  // Without a version it is the request line of HTTP/0.9.
  const start = `${spec.method ?? 'GET'} ${target}${version === '' ? '' : ` ${version}`}\r\n`
  return Buffer.from(`${start}${lines.join('')}\r\n`, 'latin1')
}

/** Offsets in a request of that many bytes, in order; negative ones count from its end. */
export function requestCuts(cuts: readonly number[], bytes: number): number[] {
  return cuts.map((cut) => (cut < 0 ? bytes + cut : cut)).toSorted((a, b) => a - b)
}

const validFields: readonly (readonly [name: string, value: string])[] = [
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
  ['Sec-WebSocket-Key', '{key}'],
  ['Sec-WebSocket-Version', '13'],
]
