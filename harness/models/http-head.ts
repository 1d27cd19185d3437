/** The lines of an HTTP/1.1 head as RFC 9112 sections 2 to 5 define them; no state, no bytes. */

/** Field lines in the order of the wire: names as sent, values without outer whitespace. */
export type Headers = readonly (readonly [name: string, value: string])[]

/** How a status line or request line reads; `oddity` names a leniency that RFC 9112 allows. */
export interface StatusLine {
  version: string
  status: number
  reason: string
  oddity?: 'no-space-after-status'
}

/** Method, target and version as sent (RFC 9112 section 3). */
export interface RequestLine {
  method: string
  target: string
  version: string
}

/** One field line, or why it is none. */
export type FieldLine = {name: string; value: string; oddities: string[]} | {why: string}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const VERSION = /^HTTP\/1\.[0-9]$/

/** True when `text` is a token (RFC 9110 section 5.6.2). */
export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

/** Reads a status line without its line end (RFC 9112 section 4); otherwise says why not. */
export function readStatusLine(line: string): StatusLine | {why: string} {
  const parts = /^(\S*) ([0-9]{3})(?: ([^]*))?$/.exec(line)
  if (!parts) return {why: 'not a status line (RFC 9112 section 4)'}
  const [, version = '', code = '', reason] = parts
  if (!VERSION.test(version)) return {why: 'not an HTTP/1 version (RFC 9112 section 2.3)'}
  if (holdsForbidden(line)) return {why: 'NUL or bare CR in the status line (RFC 9112 section 2.2)'}
  if (Number(code) < 100) return {why: 'status code below 100 (RFC 9110 section 15)'}
  const read = {version, status: Number(code), reason: reason ?? ''}
  return reason === undefined ? {...read, oddity: 'no-space-after-status'} : read
}

/** Reads a request line without its line end (RFC 9112 section 3); otherwise says why not. */
export function readRequestLine(line: string): RequestLine | {why: string} {
  const [method = '', target = '', version = '', ...more] = line.split(' ')
  if (more.length > 0 || target === '') return {why: 'not a request line (RFC 9112 section 3)'}
  if (!isToken(method)) return {why: 'the method is no token (RFC 9112 section 3.1)'}
  if (hasControl(target)) return {why: 'a control character in the target (RFC 9112 section 3.2)'}
  if (!VERSION.test(version)) return {why: 'not an HTTP/1 version (RFC 9112 section 2.3)'}
  return {method, target, version}
}

/**
 * Reads one field line without its line end (RFC 9112 section 5).
 * Whitespace before the colon must be refused in a request and is removed from a response (5.1).
 */
export function readFieldLine(line: string, side: 'request' | 'response'): FieldLine {
  const colon = line.indexOf(':')
  if (colon < 0) return {why: 'a field line without a colon (RFC 9112 section 5)'}
  if (holdsForbidden(line)) return {why: 'NUL or bare CR in a field line (RFC 9110 section 5.5)'}
  const oddities: string[] = []
  let name = line.slice(0, colon)
  if (/[ \t]$/.test(name)) {
    if (side === 'request') return {why: 'whitespace before the colon (RFC 9112 section 5.1)'}
    name = trimWhitespace(name)
    oddities.push('space-before-colon')
  }
  if (!isToken(name)) return {why: 'the field name is no token (RFC 9110 section 5.1)'}
  const value = trimWhitespace(line.slice(colon + 1))
  if (hasControl(value.replaceAll('\t', ''))) oddities.push('control-in-value')
  return {name, value, oddities}
}

/** Removes optional whitespace (SP, HTAB) at both ends (RFC 9110 section 5.6.3). */
export function trimWhitespace(text: string): string {
  return text.replace(/^[ \t]+/, '').replace(/(?<![ \t])[ \t]+$/, '')
}

/** The first value of field `name` in any letter case, or undefined (RFC 9110 section 5.1). */
export function header(headers: Headers, name: string): string | undefined {
  return headerValues(headers, name)[0]
}

/** All values of field `name` in any letter case, one per field line, in order. */
export function headerValues(headers: Headers, name: string): string[] {
  const wanted = name.toLowerCase()
  return headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value)
}

/**
 * The elements of a list field over all its lines, trimmed, empty ones left out
 * (RFC 9110 sections 5.3 and 5.6.1). A comma inside a quoted string does not separate.
 */
export function headerList(headers: Headers, name: string): string[] {
  return headerValues(headers, name)
    .flatMap((value) => value.match(/(?:"(?:\\[^]|[^"\\])*(?:"|$)|[^",])+/g) ?? [])
    .map(trimWhitespace)
    .filter((element) => element !== '')
}

function holdsForbidden(line: string): boolean {
  return line.includes('\0') || line.includes('\r')
}

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}
