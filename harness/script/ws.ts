import {
  describeCommon,
  describeCursor,
  describeCut,
  describeTiming,
  type Cut,
  type CursorRef,
  type Leave,
  type Timing,
} from './common.ts'

/** Octets as compact data. */
export type Octets =
  | {readonly text: string}
  | {readonly hex: string}
  | {readonly repeat: string; readonly times: number}

/** One frame, whole or wrong: every field of the header can be set (RFC 6455 5.2). */
export interface FrameSpec {
  readonly opcode: number
  /** Default true. */
  readonly fin?: boolean
  /** The three reserved bits as a number, RSV1 = 4. Default 0. */
  readonly rsv?: number
  /** Masking key as eight hex digits; null sends the frame unmasked. Default: a fixed non-zero key. */
  readonly mask?: string | null
  readonly payload?: Octets
  /** Length form in bits; default the shortest. */
  readonly form?: 7 | 16 | 64
  /** Declared length where it is not that of the payload, as a decimal string (64 bits). */
  readonly declared?: string
}

/** Changes to the valid opening handshake; the order of `fields` is the order on the wire. */
export interface HandshakeSpec {
  readonly method?: string
  /** The empty text sends the request line of HTTP/0.9. */
  readonly version?: string
  readonly path?: 'unknown'
  /** Replaces all fields of the request but Host where it is not named; `{key}` stands for a fresh key, `{host}` for the authority. */
  readonly fields?: readonly (readonly [name: string, value: string])[]
  /** What stands between name and value of every field; default `: `. */
  readonly colon?: ':' | ': ' | ':\t' | ':  '
  /** Sends no Host field where `fields` names none. */
  readonly withoutHost?: true
  /** Cuts request and early frames into segments at these byte offsets, 1 to 2 ms apart; negative ones count from the end. */
  readonly cuts?: readonly number[]
  /** The 16 bytes of the key as hex; default fresh from the client's name. */
  readonly key?: string
}

/** Opens a WebSocket; early frames go out in the same write as the request. */
export interface OpenWs extends Timing {
  readonly do: 'open'
  readonly client: string
  readonly via: 'ws'
  readonly route: 'echo' | 'subscribe' | 'inbox' | 'plain'
  readonly as?: string
  readonly channel?: string
  readonly cursor?: CursorRef
  readonly over?: 'raw' | 'ws'
  readonly node?: number
  readonly handshake?: HandshakeSpec
  readonly early?: readonly FrameSpec[]
  /** Raw only. Counts bytes behind the head of the 101, after `events` whole messages. */
  readonly cut?: Cut
}

/** Sends frames as one run of bytes, cut into segments at `cuts` (byte offsets), `gapMs` apart; `omit` leaves that many bytes of the end unsent. */
export interface Send extends Timing {
  readonly do: 'send'
  readonly client: string
  readonly frames: readonly FrameSpec[]
  readonly cuts?: readonly number[]
  readonly gapMs?: 1 | 2
  readonly omit?: number
}

/** Sends a ping with a fresh payload and waits for its pong; on an echo route, also for the echoes of the messages before it. */
export interface Fence {
  readonly do: 'fence'
  readonly client: string
}

/** Waits for the pong of the latest ping that was sent. */
export interface AwaitPong {
  readonly do: 'await-pong'
  readonly client: string
}

/** Waits until the server ends the connection, or for as long as it may take; answers its Close, unless `mute`. */
export interface AwaitEnd {
  readonly do: 'await-end'
  readonly client: string
  readonly mute?: true
}

/** Ends a `subscribe` or `echo` connection by the closing handshake. */
export interface CloseWs {
  readonly do: 'close'
  readonly client: string
  readonly code?: number
  readonly reason?: Octets
}

/** Sends a numbered message on an `inbox` connection; the same number bears the same payload. */
export interface Submit {
  readonly do: 'submit'
  readonly client: string
  /** Counts from 1. */
  readonly number: number
}

/** Reads which messages of its channel were applied, until all that was acknowledged is there or time is up. */
export interface ReadInbox {
  readonly do: 'read-inbox'
  readonly client: string
}

export type WsStep =
  | OpenWs
  | Send
  | Fence
  | AwaitPong
  | AwaitEnd
  | CloseWs
  | Submit
  | ReadInbox
  | Leave

const opcodes: Readonly<Record<number, string>> = {
  0: 'continuation',
  1: 'text',
  2: 'binary',
  8: 'close',
  9: 'ping',
  10: 'pong',
}

function describeOctets(octets: Octets | undefined): string {
  if (!octets) return ''
  if ('repeat' in octets) return ` ${JSON.stringify(octets.repeat)}×${octets.times}`
  const text = 'text' in octets ? JSON.stringify(octets.text) : `0x${octets.hex}`
  return ` ${text.length > 32 ? `${text.slice(0, 28)}…` : text}`
}

/** A frame in a script listing. */
export function describeFrame(frame: FrameSpec): string {
  const name = opcodes[frame.opcode] ?? `opcode ${frame.opcode}`
  const odd = [
    frame.fin === false ? 'FIN=0' : '',
    frame.rsv ? `RSV=${frame.rsv}` : '',
    frame.mask === null ? 'unmasked' : '',
    frame.form ? `${frame.form}-bit length` : '',
    frame.declared === undefined ? '' : `length ${frame.declared}`,
  ].filter(Boolean)
  return `${name}${odd.length > 0 ? ` (${odd.join(', ')})` : ''}${describeOctets(frame.payload)}`
}

/** One line for a step of a WebSocket client. */
export function describeWs(step: WsStep): string {
  switch (step.do) {
    case 'open':
      return `${step.client}: open a WebSocket (${step.route})${describeCursor(step.cursor)}${step.over ? ` over ${step.over}` : ''}${step.handshake ? ` with ${JSON.stringify(step.handshake)}` : ''}${step.early ? ` and early ${step.early.map(describeFrame).join(' + ')}` : ''}${describeCut(step.cut)}${describeTiming(step)}`
    case 'send':
      return `${step.client}: send ${step.frames.map(describeFrame).join(' + ')}${step.cuts?.length ? ` cut at ${step.cuts.join(', ')}` : ''}${step.omit ? `, last ${step.omit} bytes withheld` : ''}${describeTiming(step)}`
    case 'fence':
      return `${step.client}: ping, and wait for its pong`
    case 'await-pong':
      return `${step.client}: wait for the pong`
    case 'await-end':
      return `${step.client}: wait for the end${step.mute ? ', and do not answer a Close' : ''}`
    case 'close':
      return `${step.client}: close${step.code === undefined ? '' : ` ${step.code}`}${describeOctets(step.reason)}`
    case 'submit':
      return `${step.client}: submit message ${step.number}`
    case 'read-inbox':
      return `${step.client}: read which messages were applied`
    case 'leave':
      return describeCommon(step)
  }
}
