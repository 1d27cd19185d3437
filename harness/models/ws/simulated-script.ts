import {judgeExchange, type Exchange, type Judgement, type Terms} from './endpoint.ts'
import {encodeFrame, type FrameSpec} from './frames.ts'
import {correctChoices, type Choices} from './simulated-choices.ts'
import {simulate, type Plan} from './simulated-exchange.ts'

/** Limits of the simulated target. */
export const limits = {
  failMs: 1000,
  closeMs: 1000,
  tcpCloseMs: 500,
  pongMs: 800,
  unansweredMs: 1500,
}
/** What the simulated target declares. */
export const terms: Terms = {
  echo: true,
  textOnly: false,
  guaranteedMessage: 1_000_000,
  strict: false,
  limits,
}
/** The masking key of every client frame that names no other. */
export const maskKey = Buffer.from('a1b2c3d4', 'hex')
/** A masked frame. */
export const wire = (spec: FrameSpec): Buffer => encodeFrame({maskKey, ...spec})
/** Bytes from hex digits. */
export const hex = (text: string): Buffer => Buffer.from(text, 'hex')
/** A text frame. */
export const text = (value: string | Buffer, more: Partial<FrameSpec> = {}): Buffer =>
  wire({opcode: 1, payload: Buffer.from(value), ...more})
/** A binary frame. */
export const binary = (value: string | Buffer): Buffer =>
  wire({opcode: 2, payload: Buffer.from(value)})
/** A continuation frame, not the last unless said so. */
export const part = (value: string | Buffer, fin = false): Buffer =>
  wire({opcode: 0, fin, payload: Buffer.from(value)})
/** The first fragment of a text. */
export const start = (value: string | Buffer): Buffer => text(value, {fin: false})
/** A ping. */
export const ping = (value: string): Buffer => wire({opcode: 9, payload: Buffer.from(value)})
/** A pong. */
export const pong = (value: string): Buffer => wire({opcode: 10, payload: Buffer.from(value)})
/** A Close with a body in hex digits. */
export const close = (body: string): Buffer => wire({opcode: 8, payload: hex(body)})

/** A script, in which a write waits 10 ms unless told otherwise, and who plays it. */
export interface Played {
  writes: readonly (Buffer | 'wait' | 'drained')[]
  choices?: Partial<Choices>
  leaves?: Plan['leaves']
  terms?: Partial<Terms>
  more?: Partial<Exchange>
}

/** What the oracle says of that script. */
export function play({writes, choices, leaves = 'watches', terms: own, more}: Played): Judgement {
  let waitMs: number | 'drained' = 10
  const steps = writes.flatMap((item) => {
    if (typeof item === 'string') {
      waitMs = item === 'wait' ? 3000 : 'drained'
      return []
    }
    const written = {bytes: item, waitMs}
    waitMs = 10
    return [written]
  })
  const all = {...correctChoices, ...choices}
  const exchange = simulate({writes: steps, leaves, latencyMs: 1}, all)
  return judgeExchange({...exchange, ...more}, {...terms, ...own})
}

/** An endpoint that does not enforce these rules. */
export const ignoring = (...rules: string[]): Partial<Choices> => ({ignores: new Set(rules)})
/** An endpoint that echoes something else, or nothing. */
export const altering = (
  change: (bytes: Buffer, controls: readonly Buffer[]) => Buffer | undefined,
): Pick<Choices, 'echo'> => ({
  echo: (type: number, parts: readonly Buffer[], controls: readonly Buffer[]) => {
    const bytes = change(Buffer.concat(parts), controls)
    return bytes && {type, bytes}
  },
})
/** An endpoint that answers a Close with this body, or not at all. */
export const replying = (body: string | undefined): Partial<Choices> => ({
  closeReply: () => (body === undefined ? undefined : hex(body)),
})
/** An unmasked frame. */
export const bare = (opcode: number): Buffer => encodeFrame({opcode, payload: Buffer.from('bare')})
