/** Where an incremental check of UTF-8 stands (RFC 3629 section 4). Plain data, never changed. */
export interface Utf8State {
  /** Bytes read so far. */
  readonly length: number
  /** Continuation bytes that the open sequence still lacks; 0 between code points. */
  readonly remaining: number
  /** Least and greatest value that the next continuation byte may have. */
  readonly low: number
  readonly high: number
  /** Offset of the first byte that no continuation can make valid, or undefined while all is well. */
  readonly deadAt: number | undefined
}

/** The state before the first byte. */
export const utf8Start: Utf8State = {
  length: 0,
  remaining: 0,
  low: 0x80,
  high: 0xbf,
  deadAt: undefined,
}

/** What must follow a lead byte. */
interface Lead {
  readonly remaining: number
  readonly low: number
  readonly high: number
}

/** RFC 3629 section 4, UTF8-octets: what must follow each lead byte; undefined for no lead byte. */
const leads: readonly (Lead | undefined)[] = Array.from({length: 256}, (_, byte) => afterLead(byte))

function afterLead(byte: number): Lead | undefined {
  const follows = (remaining: number, low = 0x80, high = 0xbf): Lead => ({remaining, low, high})
  if (byte <= 0x7f) return follows(0)
  if (byte >= 0xc2 && byte <= 0xdf) return follows(1)
  // E0 and F0 would be overlong below A0 and 90; ED would be a surrogate above 9F.
  if (byte === 0xe0) return follows(2, 0xa0)
  if (byte === 0xed) return follows(2, 0x80, 0x9f)
  if (byte >= 0xe1 && byte <= 0xef) return follows(2)
  if (byte === 0xf0) return follows(3, 0x90)
  if (byte >= 0xf1 && byte <= 0xf3) return follows(3)
  // Above F4 8F BF BF lies beyond U+10FFFF.
  if (byte === 0xf4) return follows(3, 0x80, 0x8f)
  return undefined
}

/** The state after `bytes`. Once dead it stays dead, at the same offset; only `length` goes on. */
export function feedUtf8(state: Utf8State, bytes: Uint8Array): Utf8State {
  const length = state.length + bytes.length
  if (state.deadAt !== undefined) return {...state, length}
  let {remaining, low, high} = state
  for (let offset = 0; offset < bytes.length; offset += 1) {
    const byte = bytes[offset]!
    if (remaining === 0) {
      if (byte < 0x80) continue
      const lead = leads[byte]
      if (!lead) return {length, remaining, low, high, deadAt: state.length + offset}
      ;({remaining, low, high} = lead)
    } else {
      if (byte < low || byte > high)
        return {length, remaining, low, high, deadAt: state.length + offset}
      remaining -= 1
      low = 0x80
      high = 0xbf
    }
  }
  return {length, remaining, low, high, deadAt: undefined}
}

/** Whether the bytes so far are well-formed UTF-8 that ends between code points. */
export function isCompleteUtf8(state: Utf8State): boolean {
  return state.deadAt === undefined && state.remaining === 0
}

/** Whether `bytes` are well-formed UTF-8 from the first to the last (RFC 3629 sections 3 and 4). */
export function isUtf8(bytes: Uint8Array): boolean {
  return isCompleteUtf8(feedUtf8(utf8Start, bytes))
}
