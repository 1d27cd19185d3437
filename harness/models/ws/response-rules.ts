import {createHash} from 'node:crypto'
import type {HandshakeKind} from './handshake-kinds.ts'
import {
  fieldValues,
  listMembers,
  parseHead,
  splitOutsideQuotes,
  type HttpHead,
} from './http-head.ts'

/** One thing that is wrong with a response, under the catalogue row that it breaks. */
export interface ResponseProblem {
  readonly rule: 'accept-key' | 'response-101' | 'subprotocol-selection' | 'extension-offered-only'
  readonly kind: HandshakeKind
  readonly expected: string
  readonly saw: string
}

/** What a client asked for in its request; `extensions` are offers with their parameters. */
export interface Offer {
  readonly key: string
  readonly protocols: readonly string[]
  readonly extensions: readonly Extension[]
}

/** One member of Sec-WebSocket-Extensions (RFC 6455 section 9.1); values without their quotes. */
export interface Extension {
  readonly name: string
  readonly params: readonly (readonly [name: string, value: string | undefined])[]
}

/** Sec-WebSocket-Accept for a key taken as text (RFC 6455 section 4.2.2 step 5.4). */
export function acceptKey(key: string): string {
  const text = `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
  return createHash('sha1').update(text, 'latin1').digest('base64')
}

function readExtension(member: string): Extension {
  const [name = '', ...params] = splitOutsideQuotes(member, ';')
  return {
    name,
    params: params.map((param) => {
      const equals = param.indexOf('=')
      if (equals < 0) return [param, undefined] as const
      const value = param.slice(equals + 1).trim()
      const plain = /^".*"$/.test(value) ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
      return [param.slice(0, equals).trim(), plain] as const
    }),
  }
}

/** What the request head asks for. */
export function readOffer(requestHead: string): Offer {
  const head = parseHead(requestHead)
  return {
    key: fieldValues(head, 'sec-websocket-key')[0] ?? '',
    protocols: listMembers(head, 'sec-websocket-protocol'),
    extensions: listMembers(head, 'sec-websocket-extensions').map(readExtension),
  }
}

type Check = (head: HttpHead, offer: Offer) => ResponseProblem[]

const one = (
  rule: ResponseProblem['rule'],
  kind: HandshakeKind,
  expected: string,
  saw: string,
): ResponseProblem[] => [{rule, kind, expected, saw}]

/** RFC 6455 section 4.2.2 step 5, RFC 9112 section 4: the status line and the lines below. */
const wellFormed: Check = (head) => {
  if (!head.startLine.startsWith('HTTP/1.1 101 '))
    return one('response-101', 'status-line', 'HTTP/1.1 101 and a space', head.startLine)
  const [fault] = head.faults
  return fault ? one('response-101', 'malformed-head', 'a well-formed head', fault.why) : []
}

/** RFC 6455 section 4.2.2 steps 5.2 and 5.3. */
const switches: Check = (head) => {
  const upgrade = fieldValues(head, 'upgrade')
  if (upgrade.length !== 1 || upgrade[0]?.toLowerCase() !== 'websocket')
    return one(
      'response-101',
      'no-upgrade',
      'Upgrade: websocket',
      `Upgrade: ${upgrade.join(' | ')}`,
    )
  const tokens = listMembers(head, 'connection')
  if (tokens.some((token) => token.toLowerCase() === 'upgrade')) return []
  const saw = `Connection: ${tokens.join(', ')}`
  return one('response-101', 'no-connection', 'a Connection list with Upgrade', saw)
}

/** RFC 9110 section 8.6, RFC 9112 section 6.1: a 1xx response has no body and no framing for one. */
const noBody: Check = (head) =>
  ['Content-Length', 'Transfer-Encoding'].flatMap((name) =>
    fieldValues(head, name).length === 0
      ? []
      : one('response-101', 'body-framing', `no ${name} in a 101`, name),
  )

/** RFC 6455 section 4.2.2 step 5.4, 11.3.3: one field, computed from the key. */
const accepts: Check = (head, offer) => {
  const values = fieldValues(head, 'sec-websocket-accept')
  const expected = acceptKey(offer.key)
  if (values.length === 0) return one('accept-key', 'missing', expected, 'no Sec-WebSocket-Accept')
  if (values.length > 1) return one('accept-key', 'repeated', 'one field', `${values.length}`)
  return values[0] === expected ? [] : one('accept-key', 'wrong-value', expected, values[0] ?? '')
}

/** RFC 6455 section 4.2.2 /subprotocol/ and 11.3.4: at most one, taken from the client's list. */
const subprotocol: Check = (head, offer) => {
  const rule = 'subprotocol-selection'
  const values = fieldValues(head, 'sec-websocket-protocol')
  const [value] = values
  if (value === undefined) return []
  if (offer.protocols.length === 0) return one(rule, 'unasked', 'no field: none offered', value)
  if (values.length > 1) return one(rule, 'repeated', 'at most one field', values.join(' | '))
  if (offer.protocols.includes(value)) return []
  return one(rule, 'not-offered', `one of ${offer.protocols.join(', ')}`, value)
}

/** RFC 7692 section 7.1: the parameters of permessage-deflate, and which need an offer. */
function deflateFault(answer: Extension, offered: readonly Extension[]): string | undefined {
  const seen = new Set<string>()
  for (const [name, value] of answer.params) {
    if (seen.has(name)) return `${name} twice`
    seen.add(name)
    const flag = name === 'server_no_context_takeover' || name === 'client_no_context_takeover'
    if (flag && value === undefined) continue
    const bits = name === 'server_max_window_bits' || name === 'client_max_window_bits'
    if (!bits || !/^(?:[89]|1[0-5])$/.test(value ?? '')) return `${name}=${value ?? ''}`
    // Section 7.1.2.2: client_max_window_bits may be answered only where it was offered.
    const asked = offered.some((offer) => offer.params.some(([param]) => param === name))
    if (name === 'client_max_window_bits' && !asked) return `${name} was not offered`
  }
  return undefined
}

/** RFC 6455 sections 4.2.2 /extensions/, 9.1: only what was offered, each once. */
const extensions: Check = (head, offer) => {
  const rule = 'extension-offered-only'
  if (fieldValues(head, 'sec-websocket-extensions').length === 0) return []
  if (offer.extensions.length === 0)
    return one(rule, 'unasked', 'no field: none offered', 'Sec-WebSocket-Extensions')
  const names = new Set<string>()
  for (const answer of listMembers(head, 'sec-websocket-extensions').map(readExtension)) {
    const offered = offer.extensions.filter(({name}) => name === answer.name)
    if (offered.length === 0) return one(rule, 'not-offered', 'an offered extension', answer.name)
    if (names.has(answer.name)) return one(rule, 'repeated', 'each extension once', answer.name)
    names.add(answer.name)
    const fault = answer.name === 'permessage-deflate' ? deflateFault(answer, offered) : undefined
    if (fault) return one(rule, 'bad-parameter', 'parameters of RFC 7692 section 7.1', fault)
  }
  return []
}

/**
 * What is wrong with the raw head (latin1, the empty line included) of a 101 to a request with this
 * offer, in the order of RFC 6455 section 4.2.2; `[]` for a good one.
 */
export function acceptedProblems(responseHead: string, offer: Offer): ResponseProblem[] {
  const head = parseHead(responseHead)
  const checks = [wellFormed, switches, noBody, accepts, subprotocol, extensions]
  return checks.flatMap((check) => check(head, offer))
}
