/**
 * The small words of a description: durations, statuses, places, pointers, requests. Each error is
 * the noun phrase after "expected".
 */
import {z} from 'zod'
import type {Json, Place} from '../../target.ts'

const durationText = /^(\d+(?:\.\d+)?)(ms|s|m)$/
const unitMs: Readonly<Record<string, number>> = {ms: 1, s: 1000, m: 60_000}
const durationWords = 'a duration: a number of ms, or text such as 200ms, 2s, 1m'

/** A duration, in ms: a bare number is ms, text bears its unit. */
export const duration = z
  .union(
    [
      z.number({error: durationWords}).min(0, {error: durationWords}),
      z.string({error: durationWords}).regex(durationText, {error: durationWords}),
    ],
    {error: durationWords},
  )
  .transform((given) => {
    const [, amount, unit] = durationText.exec(String(given)) ?? ['', String(given), 'ms']
    return Number(amount) * unitMs[unit ?? 'ms']!
  })

const rangeText = /^([1-5]\d\d)-([1-5]\d\d)$/
const statusWords = 'a status such as 200, a range such as 200-299, or a list of them'

/** One status or a range of them, as a closed range. */
const statusRange = z
  .union(
    [
      z
        .number({error: statusWords})
        .int({error: statusWords})
        .min(100, {error: statusWords})
        .max(599, {error: statusWords}),
      z.string({error: statusWords}).regex(/^[1-5]\d\d(-[1-5]\d\d)?$/, {error: statusWords}),
    ],
    {error: statusWords},
  )
  .transform((given): [number, number] => {
    const [, from, to] = rangeText.exec(String(given)) ?? ['', String(given), String(given)]
    return [Number(from), Number(to)]
  })
  .refine(([from, to]) => from <= to, {error: 'a range begins with its smaller status'})

/** Statuses as closed ranges. */
export const statuses = z
  .union([statusRange, z.array(statusRange).max(64)], {error: statusWords})
  .transform((given): [number, number][] =>
    typeof given[0] === 'number' ? [given as [number, number]] : (given as [number, number][]),
  )

/** Text that is not empty; `what` follows "expected" in errors. */
export const text = (what: string): z.ZodString => z.string({error: what}).min(1, {error: what})

/** True or false. */
export const flag = z.boolean({error: 'true or false'})

/** A whole number that is not negative. */
export const count = z
  .number({error: 'a whole number'})
  .int({error: 'a whole number'})
  .min(0, {error: 'a whole number that is not negative'})

const pathWords = 'a path such as /events'

/**
 * The path and query of a request below the target's origin; a missing first slash is added later.
 */
export const path = text(pathWords).regex(/^(?![a-z][a-z0-9+.-]*:\/\/)[^\s#]+$/i, {
  error: `${pathWords} (the origin comes from start)`,
})

const pointerWords = 'a JSON Pointer such as /id, or an empty text for the whole (RFC 6901)'

/** A JSON Pointer (RFC 6901 section 3). */
export const pointer = z
  .string({error: pointerWords})
  .regex(/^(\/([^~/]|~[01])*)*$/, {error: pointerWords})

const payloadWords = 'raw, or a JSON Pointer such as /data'

/** Where the payload stands: the whole as it is, or a JSON Pointer into it. */
export const payload = z
  .union([z.literal('raw', {error: payloadWords}), pointer, z.strictObject({pointer})], {
    error: payloadWords,
  })
  .transform((given): 'raw' | {pointer: string} => {
    if (given === 'raw') return 'raw'
    return typeof given === 'string' ? {pointer: given} : given
  })

/** A field name is a token (RFC 9110 section 5.1). */
const fieldName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, {error: 'a field name (RFC 9110 5.1)'})

const fieldWords = 'a field value: text without line breaks'

/** Request fields; values are visible characters, spaces and tabs (RFC 9110 section 5.5). */
export const fields = z.record(
  fieldName,
  z.string({error: fieldWords}).regex(/^[\t -~\u0080-\u00FF]*$/, {error: fieldWords}),
)

const placeShape = {
  query: text('the name of a query parameter').optional(),
  header: fieldName.optional(),
  body: pointer.optional(),
}

/**
 * The one place that an object with `query`, `header` or `body` names; undefined unless it names
 * exactly one.
 */
export function onePlace(given: {
  query?: string | undefined
  header?: string | undefined
  body?: string | undefined
}): Place | undefined {
  const {query, header, body} = given
  const named: Place[] = []
  if (query !== undefined) named.push({query})
  if (header !== undefined) named.push({header})
  if (body !== undefined) named.push({body})
  return named.length === 1 ? named[0] : undefined
}

/** A value's place in a request or a response. */
export const place = z
  .strictObject(placeShape)
  .refine((given) => onePlace(given) !== undefined, {
    error: 'name one place: query, header or body',
  })
  .transform((given): Place => onePlace(given)!)

const placesWords = 'a place such as {query: since}, or a list of them'

/** One place, or several that together hold a compound cursor. */
export const places = z
  .union([place, z.array(place).min(1, {error: placesWords}).max(8)], {error: placesWords})
  .transform((given): readonly Place[] => (Array.isArray(given) ? given : [given]))

/** The keys of a place, to stand beside other keys: `limit: {query: 'n', max: 10}`. */
export {placeShape}

/** Any JSON value, with placeholders in its texts. */
export const json: z.ZodType<Json, Json> = z.lazy(() =>
  z.union(
    [z.string(), z.number(), z.boolean(), z.null(), z.array(json), z.record(z.string(), json)],
    {error: 'a JSON value'},
  ),
)

/** The keys of a request template, to stand beside the keys of an endpoint. */
export const requestShape = {
  method: text('a method such as GET')
    .regex(/^[A-Za-z]+$/, {error: 'a method such as GET'})
    .optional(),
  headers: fields.optional(),
  query: z.record(z.string(), z.string({error: 'text'})).optional(),
  body: json.optional(),
}

/** A request template as given: everything but the path may be left out. */
export interface GivenRequest {
  readonly method?: string | undefined
  readonly path: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly query?: Readonly<Record<string, string>> | undefined
  readonly body?: Json | undefined
}
