/**
 * Request templates of a description become requests, and values are found in responses.
 * Placeholders: `{channel}` `{cursor}` `{payload}` `{receiver}` (design.md 5).
 */
import type {Forged} from '../models/forgery.ts'
import type {Json, Place, RequestTemplate} from '../target.ts'
import type {Bytes, Headers} from '../trace.ts'
import {asText, jsonText, numberAsWritten} from './json.ts'
import {pointer, setAt} from './pointer.ts'

/** What placeholders stand for; one that is not here is absent. */
export interface Values {
  readonly channel?: string
  readonly cursor?: string
  readonly payload?: string
  readonly receiver?: string
}

/** A value that goes to a place of its own: text, a number, or a forged cursor. */
export interface Placing {
  readonly place: Place
  readonly value: string | number | Forged
}

/** A request as it is sent: `target` is ASCII, field values are UTF-8 as latin1. */
export interface Filled {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: Bytes])[]
  readonly body?: Buffer
}

/** A name of the query and its value, where it has one. */
type Parameter = readonly [name: string, value: string | undefined]

const placeholder = /\{(channel|cursor|payload|receiver)\}/g
const wholePlaceholder = /^\{(channel|cursor|payload|receiver)\}$/

/** A server may choose any content coding where a request says nothing of it (RFC 9110 12.5.3), and none is decoded here. */
const uncoded = {'accept-encoding': 'identity'}

/**
 * Fills a template and puts values into their places; `headers` are sent too, where the template has no field
 * of that name. Answers undefined where a value cannot be said in its place (a line break in a field).
 */
export function fillRequest(
  template: RequestTemplate,
  values: Values,
  headers: Readonly<Record<string, string>>,
  placings: readonly Placing[] = [],
): Filled | undefined {
  const own = {...uncoded, ...lowerNames(headers), ...lowerNames(template.headers)}
  const fields = fieldsOf(own, values)
  for (const {place, value} of placings) {
    if (!('header' in place)) continue
    const text = typeof value === 'object' ? value.text : String(value)
    if (text === undefined) return undefined
    setField(fields, place.header, utf8AsLatin1(text))
  }
  if (fields.some(([, value]) => unsayable(value))) return undefined
  const bodied = bodyOf(template.body, values, placings)
  if (bodied === 'unsayable') return undefined
  return {
    method: template.method,
    target: targetOf(template, values, placings),
    headers: fields,
    ...(bodied && {body: bodied}),
  }
}

/** A path with its query, filled: values percent-encoded, absent parameters left out. */
export function fillPath(path: string, values: Values): string {
  return targetOf({path, query: {}}, values, [])
}

/** Text with its placeholders filled, raw; absent ones are empty. */
export function fillText(text: string, values: Values): string {
  return text.replace(placeholder, (_, name: keyof Values) => values[name] ?? '')
}

/** The value at a place of a response: a field, or a JSON Pointer into its body; undefined where there is none. */
export function readPlace(place: Place, headers: Headers, body: unknown): string | undefined {
  if ('body' in place) return asText(pointer(body, place.body))
  if ('query' in place) return undefined
  const wanted = place.header.toLowerCase()
  const found = headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
  return found === undefined ? undefined : Buffer.from(found, 'latin1').toString('utf8')
}

/**
 * The cursor at these places of a response, as facts hold it: the value itself, or with several places a JSON
 * array of them; undefined unless all are there.
 */
export function readCursor(
  places: readonly Place[],
  headers: Headers,
  body: unknown,
): string | undefined {
  const parts = places.map((place) => readPlace(place, headers, body))
  if (parts.length === 0 || parts.includes(undefined)) return undefined
  return parts.length === 1 ? parts[0] : JSON.stringify(parts)
}

/** Where a cursor of `readCursor` goes in a request: one value for each place. */
export function placeCursor(places: readonly Place[], cursor: string): Placing[] {
  if (places.length === 1) return places.map((place) => ({place, value: cursor}))
  const parts = JSON.parse(cursor) as string[]
  return places.map((place, index) => ({place, value: parts[index] ?? ''}))
}

function lowerNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
}

function fieldsOf(headers: Record<string, string>, values: Values): [string, Bytes][] {
  return Object.entries(headers)
    .filter(([, value]) => !absent(value, values))
    .map(([name, value]) => [name, utf8AsLatin1(fillText(value.trim(), values))])
}

function setField(fields: [string, Bytes][], name: string, value: Bytes): void {
  const index = fields.findIndex(([known]) => known === name.toLowerCase())
  fields.splice(index < 0 ? fields.length : index, 1, [name.toLowerCase(), value])
}

/** WHATWG HTML 9.2.4 sends Last-Event-ID as UTF-8; other fields are ASCII, which is the same. */
function utf8AsLatin1(text: string): Bytes {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** What no field value can hold; white space around it is no part of it (RFC 9110 5.5). */
function unsayable(value: Bytes): boolean {
  return /[\r\n\0]|^[ \t]|[ \t]$/.test(value)
}

function absent(text: string, values: Values): boolean {
  const name = wholePlaceholder.exec(text)?.[1] as keyof Values | undefined
  return name !== undefined && values[name] === undefined
}

function targetOf(
  {path, query}: Pick<RequestTemplate, 'path' | 'query'>,
  values: Values,
  placings: readonly Placing[],
): string {
  const [plain = '', ...more] = path.split('?')
  const written = more.join('?').split('&').filter(Boolean).map(splitParameter)
  const parameters: Parameter[] = [...written, ...Object.entries(query)]
    .filter(([, value]) => value === undefined || !absent(value, values))
    .map(([name, value]) => [
      encodeText(name, values),
      value === undefined ? value : encodeText(value, values),
    ])
  for (const {place, value} of placings) {
    if ('query' in place) setParameters(parameters, encode(place.query), escapedOf(value))
  }
  const target = encodeText(plain, values)
  const shown = parameters.map(([name, value]) => (value === undefined ? name : `${name}=${value}`))
  return shown.length > 0 ? `${target}?${shown.join('&')}` : target
}

function splitParameter(text: string): Parameter {
  const at = text.indexOf('=')
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function setParameters(parameters: Parameter[], name: string, values: readonly string[]): void {
  const index = parameters.findIndex(([known]) => known === name)
  const added = values.map((value): Parameter => [name, value])
  parameters.splice(index < 0 ? parameters.length : index, 1, ...added)
}

function escapedOf(value: Placing['value']): readonly string[] {
  return typeof value === 'object' ? value.escaped : [encode(String(value))]
}

/** The description's own text keeps what it has percent-encoded; what is filled in is encoded whole. */
function encodeText(text: string, values: Values): string {
  return text
    .split(/(\{(?:channel|cursor|payload|receiver)\})/)
    .map((part) =>
      wholePlaceholder.test(part) ? encode(fillText(part, values)) : encodeLiteral(part),
    )
    .join('')
}

/** Percent-encodes all but unreserved characters (RFC 3986 2.3), as UTF-8. */
export function encode(text: string): string {
  return /^[A-Za-z0-9\-._~]*$/.test(text) ? text : escapeBytes(text, /[A-Za-z0-9\-._~]/)
}

/** Percent-encodes only what no request-target may hold (RFC 9112 3.2). */
function encodeLiteral(text: string): string {
  return /^[\x21\x22\x24-\x7e]*$/.test(text) ? text : escapeBytes(text, /[\x21\x22\x24-\x7e]/)
}

function escapeBytes(text: string, kept: RegExp): string {
  let escaped = ''
  for (const byte of Buffer.from(text, 'utf8')) {
    const character = String.fromCharCode(byte)
    const hex = byte.toString(16).toUpperCase().padStart(2, '0')
    escaped += kept.test(character) ? character : `%${hex}`
  }
  return escaped
}

function bodyOf(
  body: Json | undefined,
  values: Values,
  placings: readonly Placing[],
): Buffer | undefined | 'unsayable' {
  const placed = placings.filter((placing) => 'body' in placing.place)
  if (typeof body === 'string') return Buffer.from(fillText(body, values), 'utf8')
  if (body === undefined && placed.length === 0) return undefined
  let filled = fillJson(body ?? {}, values)
  for (const {place, value} of placed) {
    const sayable = typeof value === 'object' ? value.text : value
    if (sayable === undefined) return 'unsayable'
    if ('body' in place)
      filled = setAt(filled, place.body, typed(value, sayable, pointer(body, place.body)))
  }
  return Buffer.from(jsonText(filled), 'utf8')
}

/** Where the template has a number, a number goes out as one; a forged one may be a good one in JSON (`7e1`). */
function typed(value: Placing['value'], sayable: string | number, template: unknown): Json {
  const written = typeof value === 'string' && typeof template === 'number'
  return written ? (numberAsWritten(value) ?? sayable) : sayable
}

function fillJson(body: Json, values: Values): Json {
  if (typeof body === 'string') return fillText(body, values)
  if (Array.isArray(body)) return (body as readonly Json[]).map((item) => fillJson(item, values))
  if (typeof body !== 'object' || body === null) return body
  return Object.fromEntries(
    Object.entries(body)
      .filter(([, value]) => typeof value !== 'string' || !absent(value, values))
      .map(([key, value]) => [key, fillJson(value, values)]),
  )
}
