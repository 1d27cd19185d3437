import {fieldValues, listMembers, parseHead, tokenPattern, type HttpHead} from './http-head.ts'

/** What a server may do with a request: 101 only, 101 or refusal, refusal only. */
export type RequestVerdict = 'accept' | 'either' | 'refuse'

/** The dimensions of an opening request that can be wrong (RFC 6455 section 4.2.1). */
export type RequestRule =
  | 'method'
  | 'http-version'
  | 'host'
  | 'upgrade-missing'
  | 'key-missing'
  | 'key-malformed'
  | 'key-pad-bits'
  | 'version-negotiation'
  | 'malformed-head'
  | 'request-target'
  | 'declared-body'
  | 'offer-syntax'
  | 'large-head'
  | 'early-data'

/** One departure from a valid request, with what the server may do about it alone. */
export interface RequestViolation {
  readonly rule: RequestRule
  readonly verdict: 'either' | 'refuse'
  readonly why: string
}

/** A head above this many characters may be refused for its size (RFC 9112 section 3, 8000). */
export const guaranteedHeadLength = 8000

type Check = (head: HttpHead) => RequestViolation | undefined

const refuse = (rule: RequestRule, why: string): RequestViolation => ({
  rule,
  verdict: 'refuse',
  why,
})
const either = (rule: RequestRule, why: string): RequestViolation => ({
  rule,
  verdict: 'either',
  why,
})

/** RFC 6455 section 4.2.1 item 1: GET; methods are case-sensitive (RFC 9110 section 9.1). */
const method: Check = ({startLine}) =>
  startLine.split(' ')[0] === 'GET' ? undefined : refuse('method', startLine)

/** RFC 6455 section 4.2.1 item 1: an HTTP/1.1 or higher request. */
const httpVersion: Check = ({startLine}) => {
  const version = /^[^ ]+ [^ ]+ (.*)$/.exec(startLine)?.[1] ?? ''
  if (version === 'HTTP/1.1') return undefined
  const higher = /^HTTP\/(?:1\.[2-9]|[2-9]\.[0-9])$/.test(version)
  return (higher ? either : refuse)('http-version', version)
}

/** RFC 9112 section 3.2: origin form or absolute form; what a server does with others is its own. */
const requestTarget: Check = ({startLine}) => {
  const target = startLine.split(' ')[1] ?? ''
  const plain = /^(?:\/|https?:\/\/[^/?#]+)[!$%&'()*+,\-./0-9:;=?@A-Z_a-z~]*$/.test(target)
  return plain ? undefined : either('request-target', target)
}

/** RFC 6455 section 4.2.1 item 2, RFC 9112 section 3.2: exactly one valid Host. */
const host: Check = (head) => {
  const [value, ...more] = fieldValues(head, 'host')
  if (value === undefined) return refuse('host', 'no Host')
  if (more.length > 0) return refuse('host', `${more.length + 1} Host fields`)
  // An empty Host is valid syntax (RFC 9110 section 7.2), though not this server's authority.
  if (value === '') return either('host', 'an empty Host')
  const valid = /^(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z\-._~!$&'()*+,;=%]+)(?::[0-9]*)?$/.test(value)
  return valid ? undefined : refuse('host', value)
}

/** RFC 6455 section 4.2.1 item 3: the value websocket, without regard to case. */
const upgrade: Check = (head) => {
  const members = listMembers(head, 'upgrade').map((member) => member.toLowerCase())
  if (members.length === 1 && members[0] === 'websocket') return undefined
  // A list, or a version behind the name, is read differently by good servers.
  if (members.some((member) => /^websocket(?:\/.*)?$/.test(member)))
    return either('upgrade-missing', members.join(', '))
  return refuse('upgrade-missing', `Upgrade: ${members.join(', ')}`)
}

/** RFC 6455 section 4.2.1 item 4: a Connection list that holds the token Upgrade. */
const connection: Check = (head) => {
  const members = listMembers(head, 'connection')
  if (!members.some((member) => member.toLowerCase() === 'upgrade'))
    return refuse('upgrade-missing', `Connection: ${members.join(', ')}`)
  const odd = members.find((member) => !tokenPattern.test(member))
  return odd === undefined ? undefined : either('malformed-head', `Connection: ${odd}`)
}

/** RFC 6455 section 4.2.1 item 5 and 11.3.1: one key; whether it decodes need not be looked at. */
const key: Check = (head) => {
  const [value, ...more] = fieldValues(head, 'sec-websocket-key')
  if (value === undefined || value === '') return refuse('key-missing', 'no key')
  if (more.length > 0) return refuse('key-missing', `${more.length + 1} keys`)
  if (value.includes(',')) return refuse('key-missing', `two keys in one field: ${value}`)
  // 16 bytes are 22 characters and two of padding, the last with four zero bits; that a decoder
  // looks at those is its own choice (RFC 4648 section 3.5).
  if (/^[A-Za-z0-9+/]{21}[AQgw]==$/.test(value)) return undefined
  return either(/^[A-Za-z0-9+/]{22}==$/.test(value) ? 'key-pad-bits' : 'key-malformed', value)
}

/** RFC 6455 section 4.2.1 item 6 and 4.2.2 /version/; 7 and 8 are drafts that a server may know. */
const version: Check = (head) => {
  const values = fieldValues(head, 'sec-websocket-version')
  const [value] = values
  if (value === undefined) return refuse('version-negotiation', 'no version')
  if (values.length === 1 && value === '13') return undefined
  const members = listMembers(head, 'sec-websocket-version')
  const arguable = members.some((member) => /^0*(?:13|7|8)$/.test(member))
  return (arguable ? either : refuse)('version-negotiation', values.join(', '))
}

/** RFC 9110 sections 7.8 and 9.3.1: a body that comes with the request makes the upgrade doubtful. */
const body: Check = (head) => {
  const coded = fieldValues(head, 'transfer-encoding').length > 0
  const sized = fieldValues(head, 'content-length').some((value) => value !== '0')
  return coded || sized ? either('declared-body', 'a request body') : undefined
}

/** RFC 6455 section 4.1 items 10 and 11, 9.1: offers are lists of tokens, protocols without repeats. */
const offers: Check = (head) => {
  const protocols = listMembers(head, 'sec-websocket-protocol')
  const odd = protocols.find((name) => !tokenPattern.test(name))
  if (odd !== undefined) return either('offer-syntax', odd)
  if (new Set(protocols).size < protocols.length)
    return either('offer-syntax', 'a subprotocol twice')
  if (fieldValues(head, 'sec-websocket-protocol').some((value) => value === ''))
    return either('offer-syntax', 'an empty list of subprotocols')
  const param = /^[^\s;,"=]+(?:\s*;\s*[^\s;,"=]+(?:=(?:[^\s;,"=]+|"[^"\\\s;,=]+"))?)*$/
  const extension = listMembers(head, 'sec-websocket-extensions').find((item) => !param.test(item))
  return extension === undefined ? undefined : either('offer-syntax', extension)
}

const checks: readonly Check[] = [
  method,
  httpVersion,
  requestTarget,
  host,
  upgrade,
  connection,
  key,
  version,
  body,
  offers,
]

/** Every departure of a request head from RFC 6455 section 4.2.1; `[]` for a valid request. */
export function requestViolations(head: string): RequestViolation[] {
  const parsed = parseHead(head)
  const found = checks.flatMap((check) => check(parsed) ?? [])
  for (const fault of parsed.faults)
    found.push({rule: 'malformed-head', verdict: fault.class, why: fault.why})
  if ((parsed.length ?? head.length) > guaranteedHeadLength)
    found.push(either('large-head', `${head.length} characters`))
  return found
}

/**
 * What a server may do with a raw request head (latin1, up to the empty line): the worst class of
 * its fields wins. `violated` names each rule once, those that must be refused first.
 */
export function classifyRequest(head: string): {
  verdict: RequestVerdict
  violated: RequestRule[]
} {
  const found = requestViolations(head)
  const must = found.filter(({verdict}) => verdict === 'refuse')
  const may = found.filter(({verdict}) => verdict === 'either')
  const violated = [...new Set([...must, ...may].map(({rule}) => rule))]
  return {verdict: must.length > 0 ? 'refuse' : may.length > 0 ? 'either' : 'accept', violated}
}
