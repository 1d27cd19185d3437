/** Ways in which a message, or the connection that carries it, comes to harm. */
const message = ['lost', 'altered', 'repeated', 'unexpected-close', 'no-pong', 'died'] as const
/** Ways in which a server does not fail a connection that it must fail, whatever code it gives. */
const uncodedFailure = [
  'not-failed',
  'delivered',
  'answered',
  'unsendable-code',
  'tcp-left-open',
  'died',
] as const
/** The same where the code matters. */
const failure = [...uncodedFailure, 'wrong-code'] as const

/**
 * The kinds of break that each rule can have.
 *
 * lost: no echo in time · altered: an echo of other bytes or type · repeated: a second time ·
 * out-of-order: before an earlier one · extra: an echo of nothing that was sent ·
 * unexpected-close: an accusing Close (1002, 1003, 1007, 1009, 1010) without a cause ·
 * no-pong: no pong in time · wrong-pong: only pongs with other payloads · died: the process ended ·
 * not-failed: open when the time to fail was over · delivered: what must not reach the application
 * was echoed · answered: a ping that must not be answered was · wrong-code (SHOULD): failed with a
 * sendable code that says something else · unsendable-code: a Close code that may not be sent ·
 * tcp-left-open: no TCP close in time · accepted: a bad Close met by a normal closure ·
 * echoed: bad Close contents sent back · no-close-frame: no Close, or TCP closed without one ·
 * refused: a good Close met by an error code · data-after-close, control-after-close (SHOULD),
 * second-close (SHOULD): frames behind the server's Close · reset-before-answer (SHOULD): TCP reset at once.
 */
export const ruleKinds = {
  'server-output': [
    'masked',
    'rsv',
    'opcode',
    'length-form',
    'control-fragmented',
    'control-too-long',
    'fragment-sequence',
    'utf8',
    'close-body',
    'close-code',
    'close-reason',
    'truncated',
    'unexpected-close',
    'died',
  ],
  'mask-required': uncodedFailure,
  'mask-key-any': message,
  'rsv-bits': failure,
  'reserved-opcode': failure,
  'length-forms': message,
  'length-in-full': ['delivered', 'answered'],
  'nonminimal-length': [...message, ...failure],
  'length-msb': failure,
  'chop-invariance': message,
  coalesced: message,
  'truncated-then-gone': ['delivered', 'died'],
  reassembly: [...message, 'delivered'],
  'interleaved-control': [...message, 'extra'],
  'orphan-continuation': failure,
  'new-message-inside': failure,
  'fragmented-control': failure,
  'control-too-long': failure,
  'utf8-valid': message,
  'utf8-invalid': failure,
  'utf8-split': message,
  'binary-transparent': [...message, ...failure],
  'empty-message': message,
  'echo-order': [...message, 'out-of-order', 'extra'],
  'too-big': [...message, ...failure],
  'pong-payload': ['no-pong', 'wrong-pong', 'repeated', 'extra', 'unexpected-close', 'died'],
  'ping-burst': ['no-pong', 'repeated', 'out-of-order', 'unexpected-close', 'died'],
  'unsolicited-pong': [...message, 'extra', 'answered'],
  'close-echo': ['no-close-frame', 'unsendable-code', 'died'],
  'tcp-by-server': ['tcp-left-open'],
  'silence-after': ['data-after-close', 'control-after-close', 'second-close'],
  'input-after': ['delivered', 'answered', 'died'],
  'one-byte-body': [...failure, 'accepted', 'echoed'],
  'invalid-code': [...failure, 'accepted', 'echoed'],
  'registered-codes': ['refused'],
  'reason-utf8': [...failure, 'refused', 'echoed'],
  'mid-message': ['delivered', 'died'],
  'server-initiated': ['no-close-frame', 'unsendable-code', 'reset-before-answer', 'died'],
  unanswered: ['tcp-left-open'],
  'half-close': ['tcp-left-open', 'unsendable-code', 'died'],
  reset: ['died'],
  'ready-at-101': message,
  'early-data': message,
} as const satisfies Record<string, readonly string[]>

/** A rule of an open connection: one tier-1 row of the catalogue that its bytes decide. */
export type RuleName = keyof typeof ruleKinds

/** A way in which some rule breaks; which rule has which stands in `ruleKinds`. */
export type Kind = (typeof ruleKinds)[RuleName][number]
