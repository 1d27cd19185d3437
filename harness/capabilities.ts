import type {Mechanism, Target} from './target.ts'

type Capable = (mechanism: Mechanism, target: Target) => boolean

const reader = (mechanism: Mechanism, target: Target) =>
  mechanism === 'poll' || mechanism === 'longpoll' ? target[mechanism] : undefined

/** What each word of `needs` asks of a mechanism of a target. A word that is not here is a mistake in a fixture. */
export const capabilities = {
  /** Events can be published. */
  publish: (_, target) => target.publish !== undefined,
  /** Payloads may hold CR and LF. */
  'line-breaks': (_, target) => target.publish?.alphabet === 'text',
  /** The reader holds a position that it sends back. */
  cursor: (mechanism, target) => (reader(mechanism, target)?.cursor.send.length ?? 0) > 0,
  /** A malformed cursor can be made, and the target says what becomes of it. */
  'cursor-garbage': (mechanism, target) => reader(mechanism, target)?.cursor.opaque === true,
  /** A poll may be repeated from an older cursor. */
  replay: (mechanism, target) => reader(mechanism, target)?.cursor.kind === 'replay',
  etag: (mechanism, target) => reader(mechanism, target)?.etag === true,
  limit: (mechanism, target) => reader(mechanism, target)?.limit !== undefined,
  wait: (mechanism, target) => mechanism === 'longpoll' && target.longpoll !== undefined,
  /** A stream of events can be opened. */
  subscribe: (mechanism, target) =>
    mechanism === 'ws' ? target.ws?.subscribe !== undefined : target.sse !== undefined,
  /** A reader that comes back with its last position is given what it missed. */
  resume: (mechanism, target) =>
    target.claims.resume !== undefined &&
    (mechanism !== 'ws' || target.ws?.subscribe?.id !== undefined),
  /** No event is lost. */
  lossless: (mechanism, target) => target.claims.delivery[mechanism] !== 'at-most-once',
  ordering: (_, target) => target.claims.ordering !== 'none',
  durable: (_, target) => target.claims.durable,
  restart: (_, target) => target.restartable,
  channels: (_, target) => target.channel === 'fresh',
  echo: (_, target) => target.ws?.echo !== undefined,
  text: (_, target) => target.ws !== undefined,
  binary: (_, target) => target.ws !== undefined && !target.ws.textOnly,
  'max-message': (_, target) => target.ws?.maxMessage !== undefined,
  'close-trigger': (_, target) => target.ws?.closeTrigger !== undefined,
  'close-timeout': (_, target) => target.ws?.closeTimeoutMs !== undefined,
  'single-path': (_, target) => target.ws?.singlePath === true,
  /** A control shows which messages of a client were applied. */
  inbox: (_, target) => target.ws?.inbox !== undefined,
  /** Messages of a client are numbered, by channel, and it is claimed what becomes of the order. */
  'client-seq': (_, target) => target.claims.outOfOrder !== undefined && target.channel === 'fresh',
  retries: (_, target) => (target.webhook?.retry?.maxAttempts ?? 1) !== 1,
  schedule: (_, target) => (target.webhook?.retry?.delaysMs.length ?? 0) > 0,
  maxAttempts: (_, target) =>
    target.webhook?.retry !== undefined && target.webhook.retry.maxAttempts !== 'inf',
  eventId: (_, target) => target.webhook?.event.id !== undefined,
  signature: (_, target) =>
    target.webhook !== undefined && target.webhook.signature.scheme !== 'none',
  'redirect-never': (_, target) => target.webhook?.redirect === 'never',
} satisfies Record<string, Capable>

/** The first word of `needs` that the target does not claim for this mechanism, if any. Throws a RangeError on an unknown word. */
export function missing(
  needs: readonly string[],
  mechanism: Mechanism,
  target: Target,
): string | undefined {
  if (target[mechanism] === undefined) return mechanism
  return needs.find((need) => {
    const capable = (capabilities as Record<string, Capable | undefined>)[need]
    if (!capable) throw new RangeError(`needs: '${need}' is no known capability`)
    return !capable(mechanism, target)
  })
}
