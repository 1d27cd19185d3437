import {expect, test} from 'vitest'
import {judgeExchange, type RuleName} from './endpoint.ts'
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
  terms,
  text,
  wire,
  type Played,
} from './simulated-script.ts'

test.each<[RuleName, Played]>([
  ['mask-required', {writes: [bare(1)]}],
  ['mask-required', {writes: [bare(9)], choices: {failBy: 'tcp'}}],
  ['rsv-bits', {writes: [text('a', {rsv3: true})]}],
  ['reserved-opcode', {writes: [wire({opcode: 15})]}],
  ['length-msb', {writes: [wire({opcode: 2, lengthForm: 64, declaredLength: 2n ** 63n})]}],
  ['control-too-long', {writes: [ping('p'.repeat(126))]}],
  ['fragmented-control', {writes: [wire({opcode: 10, fin: false})]}],
  ['orphan-continuation', {writes: [part('a', true)]}],
  ['new-message-inside', {writes: [start('a'), text('b')]}],
  ['utf8-invalid', {writes: [text(hex('c080'))]}],
  ['utf8-split', {writes: [start(hex('c3')), part(hex('a9'), true)]}],
  ['utf8-valid', {writes: [text('😀')]}],
  ['binary-transparent', {writes: [binary(hex('00ff'))]}],
  ['empty-message', {writes: [text('')]}],
  ['echo-order', {writes: [text('a'), text('b')]}],
  ['coalesced', {writes: [Buffer.concat([text('a'), text('b')])]}],
  ['chop-invariance', {writes: [text('ab').subarray(0, 3), text('ab').subarray(3)]}],
  ['length-forms', {writes: [text('a'.repeat(126))]}],
  ['nonminimal-length', {writes: [text('a', {lengthForm: 64})]}],
  ['nonminimal-length', {writes: [text('a', {lengthForm: 64})], choices: {refuseLongForms: true}}],
  ['mask-key-any', {writes: [text('a')]}],
  ['reassembly', {writes: [start('a'), part('b', true)]}],
  ['interleaved-control', {writes: [start('a'), ping('pppp'), part('b', true)]}],
  ['pong-payload', {writes: [ping('one')]}],
  [
    'ping-burst',
    {writes: [Buffer.concat([ping('one'), ping('two')])], choices: {mergePongs: true}},
  ],
  ['unsolicited-pong', {writes: [pong('x'), text('a')]}],
  ['close-echo', {writes: [close('')]}],
  ['tcp-by-server', {writes: [close('')]}],
  ['registered-codes', {writes: [close('0bb8')]}],
  ['reason-utf8', {writes: [close('03e8c3a9')]}],
  ['reason-utf8', {writes: [close('03e8c3')]}],
  ['one-byte-body', {writes: [close('03')]}],
  ['invalid-code', {writes: [close('03ee')]}],
  ['mid-message', {writes: [start('a'), close('')]}],
  ['input-after', {writes: [Buffer.concat([close(''), ping('late')])]}],
  ['silence-after', {writes: [Buffer.concat([text('a'), close('')])]}],
  ['half-close', {writes: [text('a')], leaves: 'fin'}],
  ['truncated-then-gone', {writes: [text('abc').subarray(0, 8)], leaves: 'fin'}],
  ['truncated-then-gone', {writes: [text('abc').subarray(0, 8)]}],
  ['unanswered', {writes: [text('a')], choices: {leaveAfter: 1, leaveWaits: true}}],
  ['reset', {writes: [text('a')], leaves: 'reset', more: {died: false}}],
  ['ready-at-101', {writes: [text('a')], more: {openedAt: 8}}],
  ['early-data', {writes: [text('a')], more: {earlyBytes: 7}}],
  ['too-big', {writes: [text('abcdef')], terms: {maxMessage: 5}, choices: {maxMessage: 5}}],
  ['too-big', {writes: [text('abcde')], terms: {maxMessage: 5}, choices: {maxMessage: 5}}],
  ['server-output', {writes: [text('a')]}],
  [
    'server-initiated',
    {
      writes: [text('a'), close('03e9')],
      choices: {leaveAfter: 1, leaveWaits: true},
      more: {closeTriggeredAt: 5},
    },
  ],
])('a correct endpoint exercises %s in %j', (rule, played) => {
  const {broken, exercised} = play(played)
  expect(broken).toBeUndefined()
  expect([...exercised]).toContain(rule)
})

test('nothing is exercised by silence, and nothing is demanded of a client that looks away', () => {
  expect(play({writes: []})).toMatchObject({notes: []})
  expect(play({writes: []}).exercised.size).toBe(0)
  const mute = play({
    writes: [text('a'), ping('p'), bare(1)],
    choices: {...ignoring('mask'), ...altering(() => undefined), pong: () => undefined},
    leaves: 'stops',
  })
  expect([mute.broken, mute.exercised.size]).toEqual([undefined, 0])
})

test.each([
  ['8881a1b2', '880203ea'],
  ['8888a1b2c3d4a25f', '880203ea'],
  ['888aa1b2c3d4a25a3c', '880203ef'],
])('a Close %s that is not whole may be refused with %s by what is there of it', (sent, got) => {
  const chunks = [
    {dir: 'out', at: 0, bytes: hex(sent)},
    {dir: 'in', at: 1, bytes: hex(got)},
  ] as const
  const end = {how: 'fin', by: 'server', at: 2} as const
  expect(judgeExchange({chunks, end, watchedMs: 2}, terms).broken).toBeUndefined()
})
