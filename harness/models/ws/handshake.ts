import {readAnswer, versionListFault, type AnswerState} from './http-answer.ts'
import {fieldValues, listMembers, parseHead, type HttpHead} from './http-head.ts'
import type {HandshakeKind} from './handshake-kinds.ts'
import {classifyRequest, type RequestRule, type RequestVerdict} from './request-rules.ts'
import {acceptedProblems, readOffer} from './response-rules.ts'

export {handshakeKinds, type HandshakeKind} from './handshake-kinds.ts'
export {classifyRequest} from './request-rules.ts'
export {acceptedProblems, acceptKey, readOffer} from './response-rules.ts'

/** Tier-1 rows of the catalogue that a handshake alone decides, by rule. */
export const handshakeRuleIds = {
  'accept-key': 'ws.handshake.accept-key',
  'response-101': 'ws.handshake.response-101',
  'token-lists': 'ws.handshake.token-lists',
  'header-insensitivity': 'ws.handshake.header-insensitivity',
  'chopped-request': 'ws.handshake.chopped-request',
  method: 'ws.handshake.method',
  'http-version': 'ws.handshake.http-version',
  host: 'ws.handshake.host',
  'upgrade-missing': 'ws.handshake.upgrade-missing',
  'key-missing': 'ws.handshake.key-missing',
  'key-malformed': 'ws.handshake.key-malformed',
  'version-negotiation': 'ws.handshake.version-negotiation',
  'error-is-http': 'ws.handshake.error-is-http',
  'unknown-path': 'ws.handshake.unknown-path',
  'plain-http': 'ws.handshake.plain-http',
  'subprotocol-selection': 'ws.subprotocol.selection',
  'extension-offered-only': 'ws.extension.offered-only',
} as const

/** A rule of the opening handshake. */
export type HandshakeRule = keyof typeof handshakeRuleIds

/** One opening handshake as it went over the wire. */
export interface Handshake {
  /** Everything sent up to and with the empty line, as latin1. */
  readonly request: string
  /** Segments in which the request was written. */
  readonly pieces: number
  /** Bytes of frames went out with it, before the 101. */
  readonly early: boolean
  /** Everything that came back; behind a 101 head, frames may follow and are not looked at. */
  readonly response: Buffer
  /** How the connection stood when the client stopped watching. */
  readonly end: 'open' | 'fin' | 'reset'
  /** How long the client watched after the last byte of the request, ms. */
  readonly watchedMs: number
  /** Whether the target offers the resource of this request. */
  readonly knownPath: boolean
}

/** What a handshake showed; `broken` is the first rule that broke. */
export interface HandshakeJudgement {
  readonly exercised: ReadonlySet<HandshakeRule>
  readonly broken?: HandshakeBreak
  readonly notes: readonly string[]
}

/** One broken rule; `level` is there only where it is lower than that of the rule's row. */
export interface HandshakeBreak {
  readonly rule: HandshakeRule
  readonly kind: HandshakeKind
  readonly level?: 'SHOULD'
  readonly expected: string
  readonly saw: string
  /** Only that a limit of time passed makes it so. */
  readonly timed?: true
}

interface Case {
  readonly handshake: Handshake
  readonly head: HttpHead
  readonly method: string
  readonly verdict: RequestVerdict
  readonly violated: readonly RequestRule[]
  readonly overdue: boolean
}

const own = new Set<string>(Object.keys(handshakeRuleIds))
const isRule = (rule: RequestRule): rule is RequestRule & HandshakeRule => own.has(rule)

const judged = (
  exercised: Iterable<HandshakeRule>,
  broken?: HandshakeBreak,
  notes: readonly string[] = [],
): HandshakeJudgement => {
  const set = new Set(exercised)
  if (broken === undefined) return {exercised: set, notes}
  return {exercised: set.add(broken.rule), broken, notes}
}

/** Which freedoms of a valid request this one takes: the rows that its 101 exercises. */
function freedoms({head, handshake}: Case): HandshakeRule[] {
  const rules: HandshakeRule[] = []
  const connection = fieldValues(head, 'connection')
  const upgrade = fieldValues(head, 'upgrade')
  if (connection.join('|') !== 'Upgrade' || upgrade.join('|') !== 'websocket')
    rules.push('token-lists')
  const order = ['Host', 'Upgrade', 'Connection', 'Sec-WebSocket-Key', 'Sec-WebSocket-Version']
  const names = head.fields.map(([name]) => name)
  const usual = handshake.request
    .split('\r\n')
    .slice(1)
    .every((line) => !/^[^:]*:(?! [^ \t])/.test(line))
  if (names.slice(0, order.length).join() !== order.join() || !usual)
    rules.push('header-insensitivity')
  if (handshake.pieces > 1) rules.push('chopped-request')
  return rules
}

const offers = ({head}: Case, name: string): boolean => listMembers(head, name).length > 0

/** The rule to name where a valid request is refused: the most special freedom that it took. */
function refusedRule(it: Case): HandshakeRule {
  const taken = freedoms(it)
  if (taken.includes('chopped-request')) return 'chopped-request'
  if (offers(it, 'sec-websocket-extensions')) return 'extension-offered-only'
  if (offers(it, 'sec-websocket-protocol')) return 'subprotocol-selection'
  return taken[0] ?? 'response-101'
}

/** A 101 came: was it permitted, and is it well-formed. */
function judgeAccepted(it: Case, status: string): HandshakeJudgement {
  const {verdict, violated, handshake} = it
  const expected = 'a refusal'
  const [rule] = violated.filter(isRule)
  if (verdict === 'refuse')
    return rule === undefined
      ? judged([], undefined, [`upgraded in spite of ${violated.join(', ')}`])
      : judged([], {rule, kind: 'upgraded', expected, saw: status})
  if (!handshake.knownPath)
    return judged([], {rule: 'unknown-path', kind: 'upgraded', expected, saw: status})
  const problems = acceptedProblems(
    handshake.response.toString('latin1'),
    readOffer(handshake.request),
  )
  const always = ['accept-key', 'response-101', 'subprotocol-selection', 'extension-offered-only']
  const rules = [...(always as HandshakeRule[]), ...(verdict === 'accept' ? freedoms(it) : [])]
  // What one field of the 101 does wrong takes nothing from the others.
  const sound = rules.filter((name) => !problems.some((problem) => problem.rule === name))
  if (problems.length > 0) return judged(sound, problems[0])
  // RFC 6455 section 4.2.2 /key/: decoding is not obligatory, so this is a SHOULD.
  if (violated.includes('key-malformed'))
    return judged([], {
      rule: 'key-malformed',
      kind: 'upgraded',
      level: 'SHOULD',
      expected,
      saw: status,
    })
  return judged(rules, undefined, violated.length > 0 ? [`accepted: ${violated.join(', ')}`] : [])
}

/** No whole response came: whose rule that is, if the client watched long enough to tell. */
function judgeUnanswered(it: Case, answer: AnswerState): HandshakeJudgement {
  const {handshake, violated, method} = it
  const plain = violated.includes('upgrade-missing') && (method === 'GET' || method === 'HEAD')
  const rule = plain ? 'plain-http' : it.verdict === 'accept' ? refusedRule(it) : 'error-is-http'
  const expected = 'a complete HTTP response'
  if (answer.state === 'malformed') {
    // What is no HTTP/1.x request may be answered as HTTP/0.9: a body without a head.
    if (violated.includes('http-version')) return judged([])
    return judged([], {rule: 'error-is-http', kind: 'not-http', expected, saw: answer.why})
  }
  const bytes = `${handshake.response.length} bytes`
  if (handshake.end === 'open')
    return it.overdue
      ? judged([], {
          rule,
          kind: handshake.response.length === 0 ? 'silent' : 'incomplete',
          expected,
          saw: `${bytes} after ${Math.round(handshake.watchedMs)} ms`,
          timed: true,
        })
      : judged([])
  // The observation of http-version lets a server close on what it cannot read as HTTP/1.1, that of
  // early-data on frames before the 101.
  const closing = ['http-version', 'malformed-head', 'early-data']
  if (violated.some((name) => closing.includes(name)))
    return judged(violated.length === 1 ? violated.filter(isRule) : [])
  if (handshake.response.length === 0 || handshake.end === 'reset')
    return judged([], {
      rule: 'error-is-http',
      kind: 'closed-without-answer',
      level: 'SHOULD',
      expected,
      saw: `${bytes}, then ${handshake.end}`,
    })
  return judged([], {rule: 'error-is-http', kind: 'incomplete', expected, saw: bytes})
}

/** RFC 6455 section 4.2.2 /version/, RFC 9110 section 15.5.22: what such a refusal must carry. */
function versionBreak(head: HttpHead, status: number): HandshakeBreak | undefined {
  const rule = 'version-negotiation'
  const fault = versionListFault(head)
  if (status < 400 || status > 499)
    return {rule, kind: 'status', expected: '400-499', saw: `${status}`}
  if (fault !== undefined)
    return {rule, kind: 'version-list', expected: 'a list with 13', saw: fault}
  return undefined
}

/** RFC 9110 section 15.5.22. */
function upgradeOf426(rule: HandshakeRule, head: HttpHead, status: number) {
  if (status !== 426 || fieldValues(head, 'upgrade').length > 0) return undefined
  return {rule, kind: '426-without-upgrade', expected: 'an Upgrade field', saw: 'none'} as const
}

/** Nothing but the wish to upgrade is missing. */
const isPlain = ({violated, method}: Case): boolean =>
  violated.every((name) => name === 'upgrade-missing') && (method === 'GET' || method === 'HEAD')

/** Statuses with which a server may turn away anybody: authentication, redirects, load. */
const neutral = (status: number): boolean =>
  (status >= 300 && status < 400) || [401, 403, 407, 429, 503].includes(status)

function refusalBreak(it: Case, head: HttpHead, status: number): HandshakeBreak | undefined {
  const {violated} = it
  const strict = violated.filter((name) => ['host', 'key-missing'].includes(name)).filter(isRule)
  const [rule] = it.handshake.knownPath ? strict : [...strict, 'unknown-path' as const]
  const handshaking = !['method', 'http-version', 'upgrade-missing', 'malformed-head'].some(
    (name) => violated.some((seen) => seen === name),
  )
  if (!handshaking) return isPlain(it) ? upgradeOf426('plain-http', head, status) : undefined
  if (status < 300 && status !== 101)
    return {rule: 'error-is-http', kind: 'status', expected: '300-599', saw: `${status}`}
  if (neutral(status)) return undefined
  if (rule !== undefined && status >= 500)
    return {rule, kind: 'status', expected: '400-499', saw: `${status}`}
  const versionOnly = violated.length === 1 && violated[0] === 'version-negotiation'
  // Section 4.2.2 /version/ is about a version that was named, by the grammar of 11.3.5.
  const named = /^(?:0|[1-9][0-9]{0,2})$/.test(fieldValues(it.head, 'sec-websocket-version').join())
  if (versionOnly && named && it.verdict === 'refuse' && it.handshake.knownPath) {
    const broken = versionBreak(head, status)
    if (broken !== undefined) return broken
  }
  return versionOnly ? upgradeOf426('version-negotiation', head, status) : undefined
}

/** A whole response other than 101 came. */
function judgeRefused(it: Case, head: HttpHead, status: number): HandshakeJudgement {
  const {verdict, violated, handshake} = it
  if (verdict === 'accept' && handshake.knownPath) {
    // RFC 6455 section 4.2.2 step 4: a server may insist on a subprotocol that it knows.
    const insists = offers(it, 'sec-websocket-protocol') && status < 500
    if (neutral(status) || insists)
      return judged([], undefined, [`a valid request was met by ${status}`])
    const rule = refusedRule(it)
    return judged([], {rule, kind: 'refused', expected: '101', saw: `${status}`})
  }
  const broken = refusalBreak(it, head, status)
  if (broken !== undefined) return judged([], broken)
  const rules = new Set<HandshakeRule>(['error-is-http'])
  const listed = violated.filter(isRule)
  // With several departures the response shows only that one of them was noticed.
  const [single] = listed
  if (violated.length === 1 && handshake.knownPath && single !== undefined) rules.add(single)
  if (listed.includes('upgrade-missing')) {
    rules.add('upgrade-missing')
    if (it.method === 'GET' || it.method === 'HEAD') rules.add('plain-http')
  }
  if (!handshake.knownPath && verdict === 'accept') rules.add('unknown-path')
  return judged(rules)
}

/** What may be done with a request; frames before the 101 may be refused (section 4.1 is for clients). */
function classified({request, early}: Handshake): Pick<Case, 'verdict' | 'violated'> {
  const {verdict, violated} = classifyRequest(request)
  if (!early) return {verdict, violated}
  return {verdict: verdict === 'accept' ? 'either' : verdict, violated: [...violated, 'early-data']}
}

/**
 * Judges one opening handshake. `handshakeMs` is the time in which the target promises to answer;
 * absence counts only where the client watched that long. A request without its empty line, and a
 * response that may still grow, exercise nothing.
 */
export function judgeHandshake(handshake: Handshake, handshakeMs: number): HandshakeJudgement {
  const head = parseHead(handshake.request)
  if (head.length === undefined) return judged([])
  const method = head.startLine.split(' ')[0] ?? ''
  const overdue = handshake.watchedMs >= handshakeMs
  const it: Case = {handshake, head, method, overdue, ...classified(handshake)}
  const answer = readAnswer(handshake.response, method)
  if (answer.state === 'complete' && answer.status === 101)
    return judgeAccepted(it, answer.head.startLine)
  if (answer.state === 'complete') return judgeRefused(it, answer.head, answer.status)
  if (answer.state === 'until-close' && handshake.end === 'fin')
    return judgeRefused(it, answer.head, answer.status)
  return judgeUnanswered(it, answer)
}
