import type {ClientStream} from './client-stream.ts'
import {unfinished, type Echo} from './fragments.ts'
import {applyMask, FrameParser, isWholeHeader, opcodes, type FrameTail} from './frames.ts'

/**
 * What careless readers make of a length of 64 bits: its low 32 or 16 bits, or its high bits on top of
 * the low ones, as where bytes are shifted in numbers of 32 bits.
 */
function misread(length: number): number[] {
  const low = length % 2 ** 32
  const high = Math.floor(length / 2 ** 32)
  return [low, length % 2 ** 16, (low | high) >>> 0].filter((taken) => taken !== length)
}

interface Part {
  readonly opcode: number
  readonly fin: boolean
  readonly payload: Buffer
}

/** The unfinished frame, and those behind it, as one reads them who takes its length for `length`. */
function readCut({header, payload}: FrameTail, length: number): Part[] {
  const rest = payload.subarray(length)
  const {opcode, fin, maskKey} = header
  const raw = maskKey === undefined ? rest : applyMask(rest, maskKey, length)
  return [{opcode, fin, payload: payload.subarray(0, length)}, ...new FrameParser().push(raw)]
}

function messagesOf(parts: readonly Part[], before: Echo | undefined): Echo[] {
  const found: Echo[] = []
  let open = before
  for (const {opcode, fin, payload} of parts.filter(({opcode}) => opcode <= opcodes.binary)) {
    const bytes: Buffer = Buffer.concat([open?.bytes ?? Buffer.alloc(0), payload])
    open = {type: open?.type ?? opcode, bytes}
    if (!fin) continue
    found.push(open)
    open = undefined
  }
  return found
}

/** The unfinished frame and the lengths by which one who misreads its own would have it whole by now. */
function cuts(client: ClientStream): {tail: FrameTail; lengths: number[]} | undefined {
  const {frameTail: tail, doom, close} = client
  if (tail === undefined || doom !== undefined || close !== undefined) return undefined
  const {header, payload} = tail
  if (!isWholeHeader(header) || header.topBit || !Number.isSafeInteger(header.length))
    return undefined
  return {tail, lengths: misread(header.length).filter((length) => length <= payload.length)}
}

function cutReadings(client: ClientStream): Part[][] {
  const cut = cuts(client)
  return cut?.lengths.map((length) => readCut(cut.tail, length)) ?? []
}

/** Whether the client has sent a length that one who cuts it would have obeyed by now. */
export function invitesCut(client: ClientStream): boolean {
  return (cuts(client)?.lengths.length ?? 0) > 0
}

/** Whether a message is only there for one who cuts the declared length (RFC 6455 section 5.2). */
export function isMessageByCut(client: ClientStream, {type, bytes}: Echo): boolean {
  const before = unfinished(client)
  return cutReadings(client)
    .flatMap((parts) => messagesOf(parts, before))
    .some((message) => message.type === type && message.bytes.equals(bytes))
}

/** The same of a ping with this payload. */
export function isPingByCut(client: ClientStream, payload: Buffer): boolean {
  return cutReadings(client)
    .flat()
    .some((part) => part.opcode === opcodes.ping && part.payload.equals(payload))
}
