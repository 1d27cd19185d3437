import fc from 'fast-check'
import type {Behaviour} from '../behaviour.ts'
import type {Script, Step} from '../script/script.ts'
import type {FrameSpec, HandshakeSpec, OpenWs} from '../script/ws.ts'
import type {Target} from '../target.ts'
import {extensionOffers, subprotocolOffers} from './ws-offers.ts'
import {
  both,
  fieldsOf,
  invalid,
  lenient,
  requestWith,
  requiredFields,
  tokenLists,
  type Change,
} from './ws-request.ts'

/** Clients that make opening handshakes: valid ones of every form, and ones that must be refused. */
export const shakesHands: Behaviour = {
  name: 'ws.shakes-hands',
  aims: [
    'valid',
    'lists',
    'names',
    'chopped',
    'ready',
    'early',
    'early-cut',
    'method',
    'http-version',
    'host',
    'upgrade',
    'no-key',
    'odd-key',
    'version',
    'refused',
    'unknown-path',
    'plain',
    'subprotocol',
    'extension',
  ],
  script(target, aim) {
    const ws = target.ws
    switch (aim) {
      case 'lists':
        return opens(target, tokenLists.map(requestWith))
      case 'names':
        return opens(target, otherNames)
      case 'chopped':
        return opens(target, chopped)
      case 'ready':
        return ready(target)
      case 'early':
        return early(target, [])
      case 'early-cut':
        return early(target, [[-1], [-3], [-6], [-5, -2]])
      case 'method':
      case 'http-version':
      case 'host':
      case 'upgrade':
      case 'no-key':
      case 'odd-key':
        return refused(target, invalid[aim].map(requestWith))
      case 'version':
        return retried(target)
      case 'refused':
        return refused(target, refusals(ws?.singlePath === true))
      case 'unknown-path':
        return refused(target, fc.constant({path: 'unknown'}))
      case 'plain':
        return refused(target, plain.map(requestWith))
      case 'subprotocol':
        return opens(target, subprotocolOffers(ws?.subprotocols ?? []).map(requestWith))
      case 'extension':
        return opens(target, extensionOffers.map(requestWith))
      default:
        return several(target)
    }
  },
}

type Route = OpenWs['route']

/** The routes on which a handshake says all by itself; the echo comes first. */
function routes({ws}: Target): Route[] {
  const heads: Route[] = [
    ...(ws?.echo ? ['echo' as const] : []),
    ...(ws?.plain ? ['plain' as const] : []),
    ...(ws?.subscribe?.ready === 'head' ? ['subscribe' as const] : []),
  ]
  return heads.length > 0 ? heads : ['subscribe']
}

const openOn = (route: Route, client: string, handshake: HandshakeSpec): Step => ({
  do: 'open',
  client,
  via: 'ws',
  route,
  ...(Object.keys(handshake).length > 0 && {handshake}),
})

/** One handshake. */
function opens(target: Target, specs: fc.Arbitrary<HandshakeSpec>): fc.Arbitrary<Script> {
  return fc
    .tuple(specs, fc.constantFrom(...routes(target)))
    .map(([spec, route]) => [openOn(route, 'a', spec)])
}

/** One to three handshakes with keys of their own, among them keys with + and / and that of RFC 6455 1.3. */
function several(target: Target): fc.Arbitrary<Script> {
  const key = fc.oneof(
    fc.constantFrom('7468652073616d706c65206e6f6e6365', 'fb'.repeat(16), 'ff'.repeat(16)),
    fc.uint8Array({minLength: 16, maxLength: 16}).map((all) => Buffer.from(all).toString('hex')),
  )
  const lines = fc.constantFrom<Change>(
    {},
    {lines: {'Sec-WebSocket-Key': ['  {key} \t']}},
    {lines: {'Sec-WebSocket-Key': ['{key} ']}},
    {more: [['X-Pushspec', 'a']]},
  )
  const one = fc.tuple(key, lines).map(([key, change]) => ({...requestWith(change), key}))
  return fc
    .tuple(
      fc.array(one, {minLength: 1, maxLength: 3, size: 'max'}),
      fc.constantFrom(...routes(target)),
    )
    .map(([specs, route]) => specs.map((spec, index) => openOn(route, `c${index + 1}`, spec)))
}

const letterCases: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => name.toLowerCase(),
  (name) => name.toUpperCase(),
  (name) =>
    name.replaceAll(/./g, (letter, at: number) =>
      at % 2 ? letter.toUpperCase() : letter.toLowerCase(),
    ),
]

/** The required fields in any order and case, among fields that mean nothing, with white space where it is free. */
const otherNames: fc.Arbitrary<HandshakeSpec> = fc
  .record(
    {
      order: fc.shuffledSubarray([...requiredFields], {minLength: requiredFields.length}),
      casing: fc.constantFrom(...letterCases),
      unknown: fc.oneof(fc.constantFrom(0, 1, 20), fc.integer({min: 0, max: 20})),
      place: fc.integer({min: 0, max: requiredFields.length}),
      colon: fc.constantFrom(': ' as const, ':' as const, ':\t' as const, ':  ' as const),
      behind: fc.constantFrom('', ' ', '\t '),
    },
    {noNullPrototype: true},
  )
  .map(({order, casing, unknown, place, colon, behind}) => {
    const required = new Map(fieldsOf({}))
    const own = order.map((name) => [casing(name), `${required.get(name)}${behind}`] as const)
    const more = Array.from(
      {length: unknown},
      (_, index) => [casing(`X-Pushspec-${index}`), `v${index}`] as const,
    )
    const fields = [...own.slice(0, place), ...more, ...own.slice(place)]
    return {fields, ...(colon !== ': ' && {colon})}
  })

/** A valid request in several segments: cut anywhere, inside the line ends that end it, and at every byte. */
const chopped: fc.Arbitrary<HandshakeSpec> = fc
  .oneof(
    {weight: 4, arbitrary: fc.integer({min: 1, max: 150}).map((cut) => [cut])},
    {weight: 4, arbitrary: fc.constantFrom([-2], [-1], [-3], [-4], [-5], [-3, -2, -1])},
    {
      weight: 4,
      arbitrary: fc.uniqueArray(fc.integer({min: 1, max: 150}), {
        minLength: 2,
        maxLength: 12,
        size: 'max',
      }),
    },
    {weight: 1, arbitrary: fc.constant(Array.from({length: 300}, (_, index) => index + 1))},
  )
  .map((cuts) => ({cuts}))

/** A small text or, where it is taken, binary message in one frame. */
function message(target: Target): fc.Arbitrary<FrameSpec> {
  const text = fc.constantFrom('a', 'hello', 'é😀', 'x'.repeat(100))
  const opcodes = target.ws?.textOnly === true ? [1] : [1, 2]
  return fc
    .tuple(fc.constantFrom(...opcodes), text)
    .map(([opcode, text]) => ({opcode, payload: {text}}))
}

const behind: readonly Step[] = [
  {do: 'fence', client: 'a'},
  {do: 'close', client: 'a', code: 1000},
]

/** A message in the same turn in which the 101 is read, and perhaps another. */
function ready(target: Target): fc.Arbitrary<Script> {
  return fc
    .array(message(target), {minLength: 1, maxLength: 2, size: 'max'})
    .map((messages) => [
      openOn('echo', 'a', {}),
      ...messages.map((frame): Step => ({do: 'send', client: 'a', frames: [frame]})),
      ...behind,
    ])
}

/** Frames in the same write as the request; the last of them is cut where `cuts` says. */
function early(target: Target, cuts: readonly (readonly number[])[]): fc.Arbitrary<Script> {
  const ping = fc
    .constantFrom('e1', 'e2', '')
    .map((text): FrameSpec => ({opcode: 9, payload: {text}}))
  const frames = fc
    .tuple(message(target), fc.array(fc.oneof(message(target), ping), {maxLength: 2, size: 'max'}))
    .map(([first, more]) => [first, ...more])
  const handshake = fc.constantFrom(...(cuts.length > 0 ? cuts.map((cuts) => ({cuts})) : [{}]))
  return fc
    .tuple(frames, handshake)
    .map(([early, handshake]) => [{...openOn('echo', 'a', handshake), early} as Step, ...behind])
}

/** A handshake that must be refused, beside a healthy connection that must not notice. */
function refused(target: Target, specs: fc.Arbitrary<HandshakeSpec>): fc.Arbitrary<Script> {
  return opens(target, specs).map((script) => watched(target, script))
}

function watched(target: Target, steps: Script): Script {
  const [route] = routes(target)
  const greeting: Step = {do: 'send', client: 'w', frames: [{opcode: 1, payload: {text: 'w'}}]}
  return [
    openOn(route ?? 'plain', 'w', {}),
    ...steps,
    ...(route === 'echo' ? [greeting] : []),
    {do: 'fence', client: 'w'},
  ]
}

/** A version that the server cannot know, and then the one that it must list. */
function retried(target: Target): fc.Arbitrary<Script> {
  return fc
    .tuple(invalid.version.map(requestWith), fc.constantFrom(...routes(target)))
    .map(([spec, route]) => watched(target, [openOn(route, 'a', spec), openOn(route, 'b', {})]))
}

/** Every way to be refused, now and then two at a time, or with something else that a server may dislike. */
function refusals(singlePath: boolean): fc.Arbitrary<HandshakeSpec> {
  const one = fc.oneof(...Object.values(invalid).filter((kind) => kind !== invalid['odd-key']))
  const change = fc.oneof(
    {weight: 3, arbitrary: one},
    {weight: 2, arbitrary: fc.tuple(one, one).map(([a, b]) => both(a, b))},
    {weight: 1, arbitrary: fc.tuple(lenient, one).map(([a, b]) => both(a, b))},
  )
  const unknown = fc.constant<HandshakeSpec>({path: 'unknown'})
  const known = change.map(requestWith)
  return singlePath
    ? fc.oneof({weight: 9, arbitrary: known}, {weight: 1, arbitrary: unknown})
    : known
}

/** GET or HEAD without the fields of an upgrade, or with half of them. */
const plain: fc.Arbitrary<Change> = fc
  .tuple(
    fc.constantFrom(undefined, 'HEAD'),
    fc.constantFrom<NonNullable<Change['lines']>>(
      {Upgrade: [], Connection: [], 'Sec-WebSocket-Key': [], 'Sec-WebSocket-Version': []},
      {
        Upgrade: [],
        Connection: ['keep-alive'],
        'Sec-WebSocket-Key': [],
        'Sec-WebSocket-Version': [],
      },
      {Connection: [], 'Sec-WebSocket-Key': [], 'Sec-WebSocket-Version': []},
      {Upgrade: [], 'Sec-WebSocket-Key': [], 'Sec-WebSocket-Version': []},
      {Upgrade: [], Connection: []},
      {Connection: ['close']},
    ),
  )
  .map(([method, lines]) => ({...(method && {method}), lines}))
