/** The fields of an opening request as dimensions: for each, what is valid, lenient or invalid (RFC 6455 4.2.1). */
import fc from 'fast-check'
import type {HandshakeSpec} from '../script/ws.ts'

type Field = readonly [name: string, value: string]

/** The fields that an opening request must have, in their usual order. */
export const requiredFields = [
  'Host',
  'Upgrade',
  'Connection',
  'Sec-WebSocket-Key',
  'Sec-WebSocket-Version',
] as const

type RequiredField = (typeof requiredFields)[number]

/** What differs from the plainest valid request; a field without lines is left out. */
export interface Change {
  readonly method?: string
  readonly version?: string
  readonly lines?: Readonly<Partial<Record<RequiredField, readonly string[]>>>
  readonly more?: readonly Field[]
}

const usual: Readonly<Record<RequiredField, readonly string[]>> = {
  Host: ['{host}'],
  Upgrade: ['websocket'],
  Connection: ['Upgrade'],
  'Sec-WebSocket-Key': ['{key}'],
  'Sec-WebSocket-Version': ['13'],
}

/** The fields of a request with these changes, Host first. */
export function fieldsOf({lines, more = []}: Change): Field[] {
  const required = requiredFields.flatMap((name) =>
    (lines?.[name] ?? usual[name]).map((value): Field => [name, value]),
  )
  return [...required, ...more]
}

/** The request with these changes as a script says it. */
export function requestWith(change: Change): HandshakeSpec {
  const {method, version, lines, more} = change
  const fields = fieldsOf(change)
  return {
    ...(method !== undefined && {method}),
    ...(version !== undefined && {version}),
    ...((lines !== undefined || more !== undefined) && {fields}),
    ...(lines?.Host?.length === 0 && {withoutHost: true as const}),
  }
}

/** Two changes in one request; where both are about one field, the second counts. */
export function both(one: Change, other: Change): Change {
  const more = [...(one.more ?? []), ...(other.more ?? [])]
  const lines = {...one.lines, ...other.lines}
  return {
    ...one,
    ...other,
    ...(Object.keys(lines).length > 0 && {lines}),
    ...(more.length > 0 && {more}),
  }
}

const linesOf = (
  name: RequiredField,
  ...values: readonly (readonly string[])[]
): fc.Arbitrary<Change> => fc.constantFrom(...values).map((values) => ({lines: {[name]: values}}))

/** A key that the script did not choose: sixteen zero bytes. */
const otherKey = 'AAAAAAAAAAAAAAAAAAAAAA=='
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Texts that are not base64 of 16 bytes: too short, too long, of another alphabet, badly padded (RFC 4648 3.3, 4, 5). */
const oddKeys: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'QUJD',
    'A'.repeat(24),
    `${'A'.repeat(22)}=A`,
    `${'A'.repeat(22)}=`,
    'A'.repeat(22),
    `${'A'.repeat(10)}=${'A'.repeat(11)}==`,
    `!${'A'.repeat(21)}==`,
    `-_${'A'.repeat(20)}==`,
    `AAAA AAAA${'A'.repeat(13)}==`,
    `${'A'.repeat(20)}====`,
    '====',
    'A',
  ),
  fc
    .integer({min: 0, max: 30})
    .map((less) => (less < 15 ? 15 - less : less + 2))
    .chain((bytes) => fc.uint8Array({minLength: bytes, maxLength: bytes}))
    .map((bytes) => Buffer.from(bytes).toString('base64')),
  fc
    .array(fc.constantFrom(...letters), {minLength: 24, maxLength: 24, size: 'max'})
    .map((all) => all.join('')),
)

/** Versions behind 13; the earlier ones are those of drafts that a server may know (RFC 6455 11.6). */
const otherVersions: fc.Arbitrary<string> = fc
  .oneof(fc.constantFrom(14, 25, 113, 130, 255), fc.integer({min: 14, max: 255}))
  .map(String)

/** For each dimension the values with which nothing may be upgraded (of odd keys: should). */
export const invalid = {
  method: fc
    .constantFrom('POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'get', 'PATCH', 'WEBSOCKET')
    .map((method): Change => ({method})),
  'http-version': fc
    .constantFrom('HTTP/1.0', 'HTTP/1.1x', 'HTTP/1', 'HTTP/0.9', 'HTTP/1.', 'http/1.1', '')
    .map((version): Change => ({version})),
  host: linesOf(
    'Host',
    [],
    ['{host}', 'other.example'],
    ['other.example', '{host}'],
    ['{host}', '{host}'],
    ['a b'],
    ['{host}/path'],
  ),
  upgrade: fc.oneof(
    linesOf(
      'Upgrade',
      [],
      ['h2c'],
      [''],
      ['websocketx'],
      ['xwebsocket'],
      ['web socket'],
      ['h2c, x'],
    ),
    linesOf(
      'Connection',
      [],
      ['keep-alive'],
      ['close'],
      ['Upgradex'],
      [''],
      ['xUpgrade, keep-alive'],
    ),
  ),
  'no-key': linesOf(
    'Sec-WebSocket-Key',
    [],
    [''],
    ['{key}', '{key}'],
    ['{key}', otherKey],
    [otherKey, '{key}'],
    [`{key}, ${otherKey}`],
    [`{key},{key}`],
  ),
  'odd-key': oddKeys.map((key): Change => ({lines: {'Sec-WebSocket-Key': [key]}})),
  version: otherVersions.map((version): Change => ({lines: {'Sec-WebSocket-Version': [version]}})),
} as const satisfies Record<string, fc.Arbitrary<Change>>

/** Requests that a server may upgrade or refuse, as it likes. */
export const lenient: fc.Arbitrary<Change> = fc.oneof(
  linesOf('Upgrade', ['foo, websocket'], ['websocket', 'foo'], ['websocket/13']),
  linesOf('Host', ['']),
  linesOf('Sec-WebSocket-Version', ['8'], ['7'], ['013'], ['13, 8']),
  fc.constantFrom('HTTP/1.2', 'HTTP/2.0').map((version): Change => ({version})),
)

/** Connection and Upgrade as they may stand, the usual ones left out (RFC 6455 4.2.1 items 3 and 4; RFC 9110 5.6.1). */
export const tokenLists: fc.Arbitrary<Change> = fc
  .record(
    {
      Connection: fc.constantFrom(
        ['keep-alive, Upgrade'],
        ['upgrade'],
        ['UPGRADE'],
        ['Upgrade,keep-alive'],
        ['Upgrade'],
        ['keep-alive', 'Upgrade'],
        ['Upgrade', 'keep-alive'],
        ['keep-alive\t,\tUpgrade'],
        [', ,Upgrade,'],
        ['keep-alive, x, Upgrade, y'],
      ),
      Upgrade: fc.constantFrom(['websocket'], ['WebSocket'], ['WEBSOCKET']),
    },
    {noNullPrototype: true},
  )
  .filter(
    ({Connection, Upgrade}) => `${Connection.join()} ${Upgrade.join()}` !== 'Upgrade websocket',
  )
  .map((lines) => ({lines}))
