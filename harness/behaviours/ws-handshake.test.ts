import fc from 'fast-check'
import {expect, test} from 'vitest'
import {openingRequest} from '../clients/ws/opening.ts'
import {classifyRequest, type RequestVerdict} from '../models/ws/request-rules.ts'
import type {OpenWs} from '../script/ws.ts'
import type {Target} from '../target.ts'
import {shakesHands} from './ws-handshake.ts'
import {invalid, lenient, requestWith, type Change} from './ws-request.ts'

const route = {path: '/ws', headers: {}}
const full = {ws: {echo: route, plain: route, subprotocols: ['chat.v1'], singlePath: true}}
const bare = {ws: {plain: route, subprotocols: [], textOnly: true}}

const requestOf = (handshake: OpenWs['handshake'] = {}): string =>
  openingRequest({
    origin: 'http://127.0.0.1:7',
    target: handshake.path === 'unknown' ? '/unknown' : '/ws',
    headers: {},
    spec: handshake,
    seed: 'n',
  }).toString('latin1')

/** Runs `look` on the opens of scripts of an aim, those of the watcher left out. */
function everyOpen(aim: string, look: (open: OpenWs) => void, target: object = full): void {
  fc.assert(
    fc.property(shakesHands.script(target as Target, aim), (script) => {
      expect(JSON.parse(JSON.stringify(script))).toEqual(script)
      const opens = script.filter((step): step is OpenWs => step.do === 'open' && 'route' in step)
      expect(opens.length).toBeGreaterThan(0)
      for (const open of opens) if (open.client !== 'w') look(open)
    }),
    {numRuns: 200},
  )
}

const legal = [
  'valid',
  'lists',
  'names',
  'chopped',
  'ready',
  'early',
  'early-cut',
  'subprotocol',
  'extension',
]

test.each(legal)('the handshakes of %s are valid by every rule', (aim) => {
  everyOpen(aim, ({handshake}) =>
    expect(classifyRequest(requestOf(handshake))).toEqual({verdict: 'accept', violated: []}),
  )
})

test.each([
  ['method', 'method'],
  ['http-version', 'http-version'],
  ['host', 'host'],
  ['upgrade', 'upgrade-missing'],
  ['no-key', 'key-missing'],
])('the handshakes of %s break that one rule', (aim, rule) => {
  everyOpen(aim, ({handshake}) =>
    expect(classifyRequest(requestOf(handshake))).toEqual({verdict: 'refuse', violated: [rule]}),
  )
})

test('an odd key may be upgraded, another version not, and the retry is valid', () => {
  everyOpen('odd-key', ({handshake}) =>
    expect(classifyRequest(requestOf(handshake))).toEqual({
      verdict: 'either',
      violated: ['key-malformed'],
    }),
  )
  everyOpen('version', ({client, handshake}) =>
    expect(classifyRequest(requestOf(handshake))).toEqual(
      client === 'a'
        ? {verdict: 'refuse', violated: ['version-negotiation']}
        : {verdict: 'accept', violated: []},
    ),
  )
})

test('what is refused must be refused, whatever else is wrong with it', () => {
  everyOpen('refused', ({handshake}) => {
    if (handshake?.path !== 'unknown')
      expect(classifyRequest(requestOf(handshake)).verdict).toBe('refuse')
  })
  everyOpen('plain', ({handshake}) => {
    const {violated} = classifyRequest(requestOf(handshake))
    expect(violated).toContain('upgrade-missing')
  })
})

test.each<[string, fc.Arbitrary<Change>, RequestVerdict]>([
  ['lenient', lenient, 'either'],
  ...Object.entries(invalid).map(
    ([name, change]): [string, fc.Arbitrary<Change>, RequestVerdict] => [
      name,
      change,
      name === 'odd-key' ? 'either' : 'refuse',
    ],
  ),
])('every value of the dimension %s has its class', (_, change, verdict) => {
  fc.assert(
    fc.property(change, (change) => {
      expect(classifyRequest(requestOf(requestWith(change))).verdict).toBe(verdict)
    }),
  )
})

test('a target without an echo is tried on the routes that it has, and offered what it may not know', () => {
  for (const aim of shakesHands.aims.filter((aim) => aim !== 'ready' && !aim.startsWith('early')))
    everyOpen(aim, ({route}) => expect(route).toBe('plain'), bare)
  const stream = {ws: {subscribe: {...route, ready: 'probe'}, subprotocols: []}}
  everyOpen('valid', ({route}) => expect(route).toBe('subscribe'), stream)
})

test('a target that takes text only is sent text', () => {
  const target = {ws: {echo: route, subprotocols: [], textOnly: true}}
  everyOpen(
    'early',
    ({early}) => {
      for (const frame of early ?? []) expect([1, 9]).toContain(frame.opcode)
    },
    target,
  )
})
