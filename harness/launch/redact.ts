import type {Fact, Trace} from '../trace.ts'

/** Shorter values are no secrets, nor are plain short words: masking every `1`, or every `none`, would leave nothing to read. */
const shortestSecret = 4
const shortWord = /^[a-z]{1,5}$/i

/**
 * Fields whose values are never shown: credentials (RFC 9110 section 11.6) and cookies (RFC 6265
 * section 4).
 */
const secretFields = /^(?:proxy-)?authorization$|^(?:set-)?cookie$/i

const fieldLine = /^([ \t]*(?:(?:proxy-)?authorization|(?:set-)?cookie)[ \t]*:[ \t]*)([^\r\n]+)/gim

/**
 * Every character as `*`: the length stays, so that byte offsets and Content-Length in a trace
 * still hold.
 */
const mask = (text: string): string => '*'.repeat(text.length)

/** What to hide of these request fields: the values of credentials and cookies. */
export function secretsOf(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers)
    .filter(([name]) => secretFields.test(name))
    .map(([, value]) => value)
}

/**
 * A text without the secrets, in plain or percent-encoded form, and without the values of
 * credential and cookie field lines.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text.replaceAll(fieldLine, (_, name: string, value: string) => name + mask(value))
  for (const secret of forms(secrets)) clean = clean.replaceAll(secret, mask(secret))
  return clean
}

/**
 * A plain JSON value whose texts are all redacted; `authorization` and cookie values also by their
 * key or pair.
 */
export function redactJson<Value>(value: Value, secrets: readonly string[]): Value {
  const clean = (given: unknown): unknown => {
    if (typeof given === 'string') return redact(given, secrets)
    if (Array.isArray(given)) return isSecretPair(given) ? hidePair(given) : given.map(clean)
    if (typeof given !== 'object' || given === null) return given
    return Object.fromEntries(
      Object.entries(given).map(([key, item]) => [
        key,
        secretFields.test(key) && typeof item === 'string' ? mask(item) : clean(item),
      ]),
    )
  }
  return clean(value) as Value
}

function isSecretPair(given: readonly unknown[]): given is [string, string] {
  const [name, value] = given
  return (
    given.length === 2 &&
    typeof name === 'string' &&
    typeof value === 'string' &&
    secretFields.test(name)
  )
}

const hidePair = ([name, value]: readonly [string, string]): string[] => [name, mask(value)]

/**
 * A trace that can be kept: redacted like any JSON, and the bytes of each connection also across
 * the
 * facts that they were cut into, where a secret would stand in pieces.
 */
export function redactTrace(trace: Trace, secrets: readonly string[]): Trace {
  const clean = new Map<string, string>()
  for (const fact of trace) {
    const way = wayOf(fact)
    if (way) clean.set(way.name, (clean.get(way.name) ?? '') + way.bytes)
  }
  for (const [name, bytes] of clean) clean.set(name, redact(bytes, secrets))
  return trace.map((fact) => {
    const way = wayOf(fact)
    if (!way) return redactJson(fact, secrets)
    const bytes = clean.get(way.name)!
    clean.set(way.name, bytes.slice(way.bytes.length))
    return {...fact, bytes: bytes.slice(0, way.bytes.length)} as Fact
  })
}

/** The direction of a connection that a fact has bytes of. */
function wayOf(fact: Fact): {name: string; bytes: string} | undefined {
  if (fact.kind !== 'in' && fact.kind !== 'out') return undefined
  return {name: `${fact.kind} ${fact.conn}`, bytes: fact.bytes}
}

/**
 * The secrets as they may stand in a text or in latin1 bytes, longest first, so that no part of
 * one is left over.
 */
function forms(secrets: readonly string[]): string[] {
  const all = secrets
    .filter((secret) => secret.length >= shortestSecret && !shortWord.test(secret))
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(secret).toString('latin1'),
    ])
  return [...new Set(all)].toSorted((one, other) => other.length - one.length)
}
