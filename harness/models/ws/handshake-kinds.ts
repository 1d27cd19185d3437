/** No whole answer came: nothing at all in time, or a part. */
const unanswered = ['silent', 'incomplete'] as const

/**
 * The kinds of break that each rule of the opening handshake can have.
 *
 * silent, incomplete: no answer, or half of one, when the time was over (incomplete: or at the end of
 * the connection) · refused: a valid request was met by an error · upgraded: a 101 where none may come ·
 * status: a refusal with a status that does not fit · closed-without-answer (SHOULD): closed or reset
 * before a whole answer · not-http: bytes that are no HTTP response · 426-without-upgrade: status 426
 * without its Upgrade field · version-list: a refused version without a valid list that holds 13 ·
 * missing, repeated, wrong-value, unasked, not-offered, bad-parameter: what is wrong with a field of
 * the 101 · status-line, malformed-head, no-upgrade, no-connection, body-framing: and with its head.
 */
export const handshakeKinds = {
  'accept-key': ['missing', 'repeated', 'wrong-value'],
  'response-101': [
    'status-line',
    'malformed-head',
    'no-upgrade',
    'no-connection',
    'body-framing',
    'refused',
    ...unanswered,
  ],
  'token-lists': ['refused', ...unanswered],
  'header-insensitivity': ['refused', ...unanswered],
  'chopped-request': ['refused', ...unanswered],
  method: ['upgraded'],
  'http-version': ['upgraded'],
  host: ['upgraded', 'status'],
  'upgrade-missing': ['upgraded'],
  'key-missing': ['upgraded', 'status'],
  'key-malformed': ['upgraded'],
  'version-negotiation': ['upgraded', 'status', 'version-list', '426-without-upgrade'],
  'error-is-http': ['not-http', 'status', 'closed-without-answer', ...unanswered],
  'unknown-path': ['upgraded', 'status'],
  'plain-http': ['426-without-upgrade', ...unanswered],
  'subprotocol-selection': ['unasked', 'repeated', 'not-offered', 'refused', ...unanswered],
  'extension-offered-only': [
    'unasked',
    'not-offered',
    'repeated',
    'bad-parameter',
    'refused',
    ...unanswered,
  ],
} as const satisfies Record<string, readonly string[]>

/** A way in which a rule of the handshake breaks; without a rule, in which any does. */
export type HandshakeKind<Rule extends keyof typeof handshakeKinds = keyof typeof handshakeKinds> =
  (typeof handshakeKinds)[Rule][number]
