import {LosslessNumber, parse, stringify} from 'lossless-json'

/** Where a number may stand that JSON.parse does not give back as it was written; inside a string it does no harm. */
const suspects = /(?:^|[[:,\s])(-?(?:\d{16,}|\d+[.eE][\d.eE+-]+|0(?=[,\]}\s]|$)))/g

/**
 * The JSON value of a text; undefined where it is none. A number that would not come out again as it was written
 * (above 2^53, `1.0`, `1e3`) is kept as its text: a cursor goes back as it came.
 */
export function parsedJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return losesNumbers(text) ? exactly(text, value) : value
  } catch {
    return undefined // a judge may mind, a client does not
  }
}

/** A string as it is, any other JSON value as JSON; undefined where there is none. */
export function asText(value: unknown): string | undefined {
  return value === undefined || typeof value === 'string' ? value : jsonText(value)
}

/** The JSON text of a value, which may hold numbers of `parsedJson` or `numberAsWritten`. */
export function jsonText(value: unknown): string {
  return typeof value === 'object' ? (stringify(value) ?? '') : JSON.stringify(value)
}

/** The number that a text is in JSON (RFC 8259 6), to be written as it stands; undefined where it is none. */
export function numberAsWritten(text: string): number | undefined {
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return undefined
  return numberOf(text) as number // to whoever writes it, it is one
}

function losesNumbers(text: string): boolean {
  for (const [, source = ''] of text.matchAll(suspects)) {
    if (String(Number(source)) !== source) return true
  }
  return false
}

function exactly(text: string, rounded: unknown): unknown {
  try {
    return parse(text, null, {parseNumber: numberOf, onDuplicateKey: ({newValue}) => newValue})
  } catch {
    return rounded // nested too deep for it
  }
}

function numberOf(source: string): number | LosslessNumber {
  const value = Number(source)
  return String(value) === source ? value : new LosslessNumber(source)
}
