/** A Close payload taken apart (RFC 6455 section 5.5.1). */
export type CloseBody =
  | {readonly form: 'empty'}
  | {readonly form: 'one-byte'}
  | {readonly form: 'code'; readonly code: number; readonly reason: Buffer}

/** Reads a Close payload; every payload has one of the three forms. */
export function readCloseBody(payload: Buffer): CloseBody {
  if (payload.length === 0) return {form: 'empty'}
  if (payload.length === 1) return {form: 'one-byte'}
  return {form: 'code', code: payload.readUInt16BE(0), reason: payload.subarray(2)}
}

/**
 * Whether a code must not stand in a Close frame: below 1000, 1004, 1005, 1006, 1015 and above 4999
 * (RFC 6455 sections 7.4.1 and 7.4.2).
 */
export function isForbiddenCode(code: number): boolean {
  return code < 1000 || code > 4999 || [1004, 1005, 1006, 1015].includes(code)
}

/**
 * Whether a receiver may take a code for a violation although it may be sent: 1012 to 1014, which
 * IANA registered after the RFC, and 1016 to 2999, which are not assigned (section 7.4.2).
 */
export function isDebatableCode(code: number): boolean {
  return (code >= 1012 && code <= 1014) || (code >= 1016 && code <= 2999)
}
