import {expect, test} from 'vitest'
import type {RuleName} from './endpoint.ts'
import {encodeFrame} from './frames.ts'
import {
  altering,
  bare,
  binary,
  close,
  hex,
  ignoring,
  part,
  ping,
  play,
  pong,
  start,
  text,
  wire,
  type Played,
} from './simulated-script.ts'

const gives = {...ignoring('utf8'), givesFragments: true}
const concat = (frames: Buffer[]): Buffer => Buffer.concat(frames)
const startBinary = (value: string | Buffer): Buffer =>
  wire({opcode: 2, fin: false, payload: Buffer.from(value)})
const unmasked = encodeFrame({opcode: 10})

/** What x/net of Go does with these bytes: it gives out each fragment, and obeys the rule behind it. */
test.each<[string, Buffer[]]>([
  ['an unmasked pong behind an empty fragment', [concat([start(''), unmasked])]],
  ['an unmasked pong behind a fragment', [concat([start('begun '), bare(10), text('behind')])]],
  ['a reserved opcode', [concat([start('begun '), wire({opcode: 3}), part('end', true)])]],
  ['bad text', [concat([start('ab'), part(hex('ff'), true)])]],
  ['a new message behind two fragments', [concat([start('a'), part('b'), text('c')])]],
  ['a Close behind two fragments', [concat([start('a'), part('b'), close('03e8')])]],
])('fragments given out before %s are a fault of reassembly alone', (_, writes) => {
  const {broken} = play({writes, choices: gives})
  expect(broken).toMatchObject({rule: 'reassembly', kind: 'delivered'})
})

test.each<[string, Buffer]>([
  ['an empty text is there', concat([startBinary(''), part('', true), text(''), binary('')])],
  ['a later text is intact', concat([start('c'), part('', true), text('n')])],
  ['an echo is too many', concat([start('x'), part('', true)])],
  ['an echo seems repeated', concat([start(''), part('', true), text('')])],
  ['a code point is cut', concat([start(hex('dfbfee')), part(hex('8080'), true)])],
  ['a fragment alone is no text', start(hex('dfbfee'))],
  ['pings stand between', concat([start('one '), ping('p'), part('two', true)])],
  ['a control frame has the same bytes', concat([start(''), pong(''), part('a', true)])],
])('fragments given out are a fault of reassembly alone where %s', (_, bytes) => {
  const {broken} = play({writes: [bytes], choices: gives})
  expect(broken).toMatchObject({rule: 'reassembly', kind: 'delivered'})
})

test.each<[string, RuleName, string, Played]>([
  [
    'takes an unmasked fragment in',
    'mask-required',
    'delivered',
    {
      writes: [concat([start('a'), encodeFrame({opcode: 0, payload: hex('62')})])],
      choices: ignoring('mask'),
    },
  ],
  [
    'takes an empty unmasked end for the end',
    'mask-required',
    'delivered',
    {
      writes: [concat([start('a'), encodeFrame({opcode: 0})])],
      choices: ignoring('mask'),
    },
  ],
  [
    'skips an empty message behind an empty one in fragments',
    'empty-message',
    'lost',
    {
      writes: [startBinary(''), part('', true), text(''), text('x')],
      choices: {
        echo: (type, parts) =>
          parts.length === 1 && parts[0]?.length === 0
            ? undefined
            : {type, bytes: Buffer.concat(parts)},
      },
    },
  ],
  [
    'forgets at a control frame what came before',
    'interleaved-control',
    'altered',
    {
      writes: [start('a'), ping('p'), part('b', true)],
      choices: altering((bytes, controls) => (controls.length > 0 ? bytes.subarray(1) : bytes)),
    },
  ],
])('an endpoint that %s breaks %s: %s', (_, rule, kind, played) => {
  expect(play(played).broken).toMatchObject({rule, kind})
})

test('truncated text is bad text, in fragments as well', () => {
  for (const writes of [[text(hex('c3'))], [start(hex('61c3')), part('', true)]]) {
    expect(play({writes, choices: ignoring('utf8')}).broken).toMatchObject({
      rule: 'utf8-invalid',
      kind: 'delivered',
    })
    expect([...play({writes}).exercised]).toContain('utf8-invalid')
  }
})
