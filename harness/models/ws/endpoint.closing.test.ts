import {expect, test} from 'vitest'
import {judgeExchange, type RuleName} from './endpoint.ts'
import {encodeFrame} from './frames.ts'
import {
  altering,
  binary,
  close,
  hex,
  ignoring,
  ping,
  play,
  pong,
  replying,
  start,
  terms,
  text,
  wire,
  type Played,
} from './simulated-script.ts'

const halves = [ping('one').subarray(0, 7), ping('one').subarray(7)]

const found: readonly [string, RuleName, string, Played][] = [
  [
    'pongs empty',
    'pong-payload',
    'wrong-pong',
    {writes: [ping('one')], choices: {pong: () => Buffer.alloc(0)}},
  ],
  [
    'never pongs',
    'pong-payload',
    'no-pong',
    {writes: [ping('one')], choices: {pong: () => undefined}},
  ],
  [
    'pongs only the first of a burst',
    'ping-burst',
    'no-pong',
    {
      writes: [Buffer.concat([ping('one'), ping('two')])],
      choices: {pong: (p) => (p.equals(Buffer.from('one')) ? p : undefined)},
    },
  ],
  [
    'never answers a ping that comes in pieces, nor the next',
    'chop-invariance',
    'no-pong',
    {writes: [...halves, ping('two')], choices: {pong: () => undefined}},
  ],
  [
    'answers wrongly behind a ping that came in pieces',
    'chop-invariance',
    'no-pong',
    {writes: [...halves, ping('two')], choices: {pong: () => Buffer.from('six')}},
  ],
  [
    'repeats a payload',
    'ping-burst',
    'repeated',
    {writes: [ping('one'), ping('two')], choices: {pong: () => Buffer.from('one')}},
  ],
  [
    'answers a pong',
    'unsolicited-pong',
    'answered',
    {writes: [pong('mine'), ping('x')], choices: {pong: () => Buffer.from('mine')}},
  ],
  [
    'never answers a Close',
    'close-echo',
    'no-close-frame',
    {writes: [close('03e8')], choices: replying(undefined)},
  ],
  [
    'answers an empty Close with 1005',
    'close-echo',
    'unsendable-code',
    {writes: [close('')], choices: replying('03ed')},
  ],
  [
    'keeps TCP open',
    'tcp-by-server',
    'tcp-left-open',
    {writes: [close('03e8')], choices: {closesTcp: false}},
  ],
  [
    'sends data behind its Close',
    'silence-after',
    'data-after-close',
    {writes: [close('')], choices: {afterClose: encodeFrame({opcode: 1})}},
  ],
  [
    'closes twice',
    'silence-after',
    'second-close',
    {writes: [close('')], choices: {afterClose: hex('8800')}},
  ],
  [
    'echoes behind the Close',
    'input-after',
    'delivered',
    {writes: [Buffer.concat([close(''), text('late')])], choices: {readsOn: true}},
  ],
  [
    'answers a one-byte Close with 1000',
    'one-byte-body',
    'accepted',
    {writes: [close('03')], choices: {...ignoring('close', 'reason'), ...replying('03e8')}},
  ],
  ['echoes 1005', 'invalid-code', 'echoed', {writes: [close('03ed')], choices: ignoring('close')}],
  [
    'takes code 0 for a normal one',
    'invalid-code',
    'accepted',
    {writes: [close('0000')], choices: {...ignoring('close'), ...replying('03e8')}},
  ],
  [
    'refuses 4999',
    'registered-codes',
    'refused',
    {writes: [close('1387')], choices: replying('03ea')},
  ],
  [
    'sends a bad reason back',
    'reason-utf8',
    'echoed',
    {writes: [close('03e8ff')], choices: {...ignoring('reason'), closeReply: (body) => body}},
  ],
  [
    'drops TCP within a message',
    'close-echo',
    'no-close-frame',
    {writes: [start('a'), close('')], choices: replying(undefined)},
  ],
  [
    'stays after a FIN',
    'half-close',
    'tcp-left-open',
    {writes: [text('a')], leaves: 'fin', choices: {onFin: 'stay'}},
  ],
  [
    'passes a declared limit',
    'too-big',
    'delivered',
    {writes: [text('abcdef')], terms: {maxMessage: 5}},
  ],
  [
    'takes binary as a text endpoint',
    'binary-transparent',
    'delivered',
    {writes: [binary('a')], terms: {textOnly: true}},
  ],
  [
    'reads a long form where it must refuse',
    'nonminimal-length',
    'delivered',
    {writes: [text('a', {lengthForm: 16})], terms: {strict: true}},
  ],
  [
    'leaves with 1002 for nothing',
    'utf8-valid',
    'unexpected-close',
    {writes: [text('é')], choices: {leaveAfter: 1, leaveBy: 1002, ...altering(() => undefined)}},
  ],
  [
    'loses what came with the request',
    'early-data',
    'lost',
    {writes: [text('a')], choices: altering(() => undefined), more: {earlyBytes: 7}},
  ],
  [
    'loses what came right after the 101',
    'ready-at-101',
    'lost',
    {writes: [text('a')], choices: altering(() => undefined), more: {openedAt: 8}},
  ],
  [
    'dies of a violation',
    'length-msb',
    'died',
    {
      writes: [wire({opcode: 2, lengthForm: 64, declaredLength: 2n ** 63n})],
      choices: {failBy: 'reset'},
      more: {died: true},
    },
  ],
  ['dies of a reset', 'reset', 'died', {writes: [text('a')], leaves: 'reset', more: {died: true}}],
  [
    'never starts the close that it was asked for',
    'server-initiated',
    'no-close-frame',
    {writes: [text('a')], more: {closeTriggeredAt: 50}},
  ],
]

test.each(found)('an endpoint that %s breaks %s: %s', (_, rule, kind, played) => {
  const {broken} = play(played)
  expect(`${broken?.rule} ${broken?.kind}`).toBe(`${rule} ${kind}`)
})

test.each(found.filter(([, , , {choices}]) => choices !== undefined && !('failBy' in choices)))(
  'the same script, met by a correct endpoint that does not %s, breaks nothing',
  (_name, _rule, _kind, {writes, leaves, terms: own}) => {
    const choices = {
      ...(own?.strict && {refuseLongForms: true}),
      ...(own?.maxMessage !== undefined && {maxMessage: own.maxMessage}),
    }
    const judged = play({writes, choices, ...(leaves && {leaves}), ...(own && {terms: own})})
    expect(judged.broken).toBeUndefined()
  },
)

test('a Close that is answered by a code about what stands behind it breaks nothing', () => {
  const writes = [Buffer.concat([close('03e8'), wire({opcode: 3})])]
  const judged = play({writes, choices: replying('03ea')})
  expect(judged.broken).toBeUndefined()
  expect(judged.notes).toEqual(['a Close with 1000, and frames behind it, was met by 1002'])
  const begun = Buffer.concat([close('03e8'), wire({opcode: 3}).subarray(0, 2)])
  expect(play({writes: [begun], choices: replying('03ea')}).broken).toBeUndefined()
})

test('a server may cut off a client that goes on behind its Close', () => {
  const writes = [Buffer.concat([close('03e8'), wire({opcode: 0})])]
  expect(play({writes, choices: replying(undefined)}).broken).toBeUndefined()
})

test('that TCP is closed first by who fails a connection is a SHOULD', () => {
  const writes = [wire({opcode: 2, rsv1: true, maskKey: Buffer.alloc(4)})]
  expect(play({writes, choices: {closesTcp: false}}).broken).toMatchObject({
    rule: 'rsv-bits',
    kind: 'tcp-left-open',
    level: 'SHOULD',
  })
})

test('a reset behind the own Close is a SHOULD, and none where there was time to read the answer', () => {
  const judged = (resetAt: number): unknown =>
    judgeExchange(
      {
        chunks: [
          {dir: 'in', at: 5, bytes: hex('880203e8')},
          {dir: 'out', at: 6, bytes: close('03e8')},
        ],
        end: {by: 'server', how: 'reset', at: resetAt},
        watchedMs: 100,
        closeTriggeredAt: 1,
      },
      terms,
    ).broken
  const broken = {rule: 'server-initiated', kind: 'reset-before-answer', level: 'SHOULD'}
  expect(judged(8)).toMatchObject(broken)
  expect(judged(56)).toBeUndefined()
})
