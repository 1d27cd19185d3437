/** What an opening request offers: subprotocols and extensions (RFC 6455 4.1 items 10 and 11). */
import fc from 'fast-check'
import type {Change} from './ws-request.ts'

const protocolField = 'Sec-WebSocket-Protocol'
const extensionField = 'Sec-WebSocket-Extensions'

/** Members of a list over one line, or one line for each. */
function listed(field: string, members: readonly string[], lines: boolean): Change {
  if (members.length === 0) return {}
  const values = lines ? members : [members.join(', ')]
  return {more: values.map((value) => [field, value] as const)}
}

/** The same name in another case, where it has one: another name (RFC 6455 11.5). */
const otherCase = (name: string): string =>
  name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase()

/** Offers of subprotocols, of which the server knows `known`: none, unknown ones, both, many, and known ones in another case. */
export function subprotocolOffers(known: readonly string[]): fc.Arbitrary<Change> {
  const names = known.length > 0 ? known : ['chat']
  const unknown = ['unknown.pushspec', 'x', "token!#$%&'*+-.^_`|~"]
  const cased = names.map(otherCase).filter((name) => !names.includes(name))
  const many = Array.from({length: 50}, (_, index) => `p${index}.pushspec`)
  const members = fc.oneof(
    fc.shuffledSubarray([...names, ...unknown], {minLength: 1}),
    fc.constantFrom([], ['unknown.pushspec'], cased, many, [...many, ...names]),
    fc.shuffledSubarray([...cased, ...unknown], {minLength: 1}),
  )
  return fc
    .tuple(members, fc.boolean())
    .map(([members, lines]) => listed(protocolField, members, lines && members.length < 10))
}

const unknownExtensions = [
  'x-pushspec-unknown',
  'x-pushspec-unknown; a=1; b',
  'x-pushspec-quoted; a="b"',
  'permessage-pushspec',
]
const deflates = [
  'permessage-deflate',
  'permessage-deflate; client_max_window_bits',
  'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
  'permessage-deflate; server_max_window_bits=10; client_max_window_bits=12',
  'permessage-deflate; client_max_window_bits="12"',
]

/** Offers of extensions: none, unknown ones, and alternatives of permessage-deflate (RFC 6455 9.1, RFC 7692 5). */
export const extensionOffers: fc.Arbitrary<Change> = fc
  .tuple(
    fc.oneof(
      fc.shuffledSubarray(unknownExtensions, {minLength: 1}),
      fc.constant([]),
      fc.shuffledSubarray(deflates, {minLength: 1, maxLength: 3}),
      fc.shuffledSubarray([...unknownExtensions, ...deflates], {minLength: 2}),
    ),
    fc.boolean(),
  )
  .map(([members, lines]) => listed(extensionField, members, lines))
