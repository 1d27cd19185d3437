import type {Bytes} from '../trace.ts'
import {escapeBytes} from './escape.ts'

/** Bytes of a payload that are shown. */
const most = 32

const opcodes: Readonly<Record<number, string>> = {
  0: 'continuation',
  1: 'text',
  2: 'binary',
  8: 'close',
  9: 'ping',
  10: 'pong',
}

interface Head {
  readonly name: string
  /** Bytes of payload as declared; up to 2^63, so no number. */
  readonly declared: bigint
  readonly mask: Bytes
  readonly opcode: number
  readonly size: number
}

/**
 * Names the frames in one direction of a WebSocket connection for a reader of a timeline (RFC 6455 5.2).
 * It judges nothing and believes every header: after a broken one its names are only guesses.
 */
export class FrameNames {
  readonly #masked: boolean
  #header = ''
  #left = 0n

  /** `masked` says whether this direction is expected to be masked (RFC 6455 5.1); the other case is told. */
  constructor(masked: boolean) {
    this.#masked = masked
  }

  /** What these bytes are, in order; a frame that began earlier is told as `… n more bytes`. */
  name(bytes: Bytes): string[] {
    if (bytes === '') return []
    const names: string[] = []
    let rest = this.#goOn(bytes, names)
    rest = this.#header + rest
    this.#header = ''
    while (rest !== '') {
      const head = headOf(rest, this.#masked)
      if (!head) {
        this.#header = rest
        names.push(`part of a header (${rest.length} bytes)`)
        break
      }
      const payload = rest.slice(head.size)
      const here = BigInt(payload.length) < head.declared ? payload.length : Number(head.declared)
      names.push(head.name + told(head, payload.slice(0, here)))
      this.#left = head.declared - BigInt(here)
      rest = payload.slice(here)
    }
    return names
  }

  #goOn(bytes: Bytes, names: string[]): Bytes {
    if (this.#left === 0n) return bytes
    const here = this.#left < BigInt(bytes.length) ? Number(this.#left) : bytes.length
    this.#left -= BigInt(here)
    names.push(`… ${here} more bytes`)
    return bytes.slice(here)
  }
}

/** The header at the start of some bytes; undefined when it is not whole. */
function headOf(bytes: Bytes, expectMask: boolean): Head | undefined {
  if (bytes.length < 2) return undefined
  const first = bytes.charCodeAt(0)
  const second = bytes.charCodeAt(1)
  const short = second & 0x7f
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
  const masked = second >= 0x80
  const size = 2 + lengthBytes + (masked ? 4 : 0)
  if (bytes.length < size) return undefined
  const opcode = first & 0x0f
  const odd = [
    first < 0x80 ? 'FIN=0' : '',
    first & 0x70 ? `RSV=${(first & 0x70) >> 4}` : '',
    masked === expectMask ? '' : masked ? 'masked' : 'unmasked',
  ].filter(Boolean)
  return {
    name: (opcodes[opcode] ?? `opcode ${opcode}`) + (odd.length > 0 ? ` (${odd.join(', ')})` : ''),
    declared: lengthBytes === 0 ? BigInt(short) : bigEndian(bytes.slice(2, 2 + lengthBytes)),
    mask: masked ? bytes.slice(size - 4, size) : '',
    opcode,
    size,
  }
}

function bigEndian(bytes: Bytes): bigint {
  let value = 0n
  for (const byte of bytes) value = value * 256n + BigInt(byte.charCodeAt(0))
  return value
}

/** What stands behind the name of a frame: the code of a close, the start of its payload, and how much of it is there. */
function told(head: Head, payload: Bytes): string {
  const plain = unmask(payload.slice(0, most + 2), head.mask)
  const missing = BigInt(payload.length) < head.declared
  const amount = missing ? `, ${payload.length} of ${head.declared} bytes` : ''
  if (head.opcode !== 8 || plain.length < 2) return quoted(plain, payload.length) + amount
  const code = plain.charCodeAt(0) * 256 + plain.charCodeAt(1)
  return ` ${code}${quoted(plain.slice(2), payload.length - 2)}${amount}`
}

function quoted(start: Bytes, bytes: number): string {
  if (bytes === 0) return ''
  return bytes > most
    ? ` "${escapeBytes(start.slice(0, most))}…" (${bytes})`
    : ` "${escapeBytes(start)}"`
}

function unmask(payload: Bytes, mask: Bytes): Bytes {
  if (mask === '') return payload
  return Array.from(payload, (byte, index) =>
    String.fromCharCode(byte.charCodeAt(0) ^ mask.charCodeAt(index % 4)),
  ).join('')
}
