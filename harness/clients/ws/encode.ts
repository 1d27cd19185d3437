import {encodeFrame, type LengthForm} from '../../models/ws/frames.ts'
import type {FrameSpec, Octets} from '../../script/ws.ts'

/** The key of frames that name none: fixed, so that a script gives the same bytes again, and without a zero byte, so that masking shows. */
const defaultKey = '37fa213d'

/** The bytes that octets stand for; text is UTF-8. */
export function octetBytes(octets: Octets | undefined): Buffer {
  if (!octets) return Buffer.alloc(0)
  if ('hex' in octets) return Buffer.from(octets.hex, 'hex')
  return Buffer.from('text' in octets ? octets.text : octets.repeat.repeat(octets.times))
}

/** The wire bytes of a frame of a script; what no header can say is written the nearest way that it can. */
export function frameBytes(frame: FrameSpec): Buffer {
  const payload = octetBytes(frame.payload)
  const rsv = frame.rsv ?? 0
  const declared = declaredLength(frame.declared)
  const form = fitting(frame.form, declared ?? BigInt(payload.length))
  return encodeFrame({
    opcode: frame.opcode & 0x0f,
    fin: frame.fin ?? true,
    rsv1: (rsv & 4) !== 0,
    rsv2: (rsv & 2) !== 0,
    rsv3: (rsv & 1) !== 0,
    payload,
    ...(frame.mask !== null && {maskKey: maskKey(frame.mask)}),
    ...(declared !== undefined && {declaredLength: declared}),
    ...(form !== undefined && {lengthForm: form}),
  })
}

/** The bytes of a Close frame (RFC 6455 5.5.1): a code of two bytes and a reason, or no body at all. */
export function closeFrame(code: number | undefined, reason: Buffer = Buffer.alloc(0)): Buffer {
  if (code === undefined && reason.length === 0) return frameBytes({opcode: 8})
  const body = Buffer.alloc(2)
  body.writeUInt16BE((code ?? 1000) & 0xffff)
  return frameBytes({opcode: 8, payload: {hex: Buffer.concat([body, reason]).toString('hex')}})
}

function maskKey(hex: string | undefined): Buffer {
  return Buffer.from(hex !== undefined && /^[0-9a-f]{8}$/i.test(hex) ? hex : defaultKey, 'hex')
}

function declaredLength(decimal: string | undefined): bigint | undefined {
  if (decimal === undefined || !/^\d{1,20}$/.test(decimal)) return undefined
  return BigInt.asUintN(64, BigInt(decimal))
}

/** The wished form where it can hold the length, else none: the shortest. */
function fitting(form: LengthForm | undefined, length: bigint): LengthForm | undefined {
  if (form === undefined) return undefined
  return length <= (form === 7 ? 125n : 2n ** BigInt(form) - 1n) ? form : undefined
}
