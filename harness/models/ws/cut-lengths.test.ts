import {expect, test} from 'vitest'
import {judgeExchange} from './endpoint.ts'
import {ping, play, start, terms, text, wire, type Played} from './simulated-script.ts'

/** A frame that declares more than it holds. */
const declares = (opcode: number, declaredLength: number, payload = 'ccccc'): Buffer =>
  wire({opcode, declaredLength, payload: Buffer.from(payload)})
const concat = (frames: Buffer[]): Buffer => Buffer.concat(frames)
const cut = {lengthBits: 32}

test.each<[string, 'delivered' | 'answered', Played]>([
  ['a ping of 2^32+5 bytes', 'answered', {writes: [declares(9, 2 ** 32 + 5)]}],
  ['a binary of 2^32+5 bytes', 'delivered', {writes: [declares(2, 2 ** 32 + 5)]}],
  [
    'the same above a declared limit',
    'delivered',
    {writes: [declares(2, 2 ** 32 + 5)], terms: {maxMessage: 100}},
  ],
  [
    'a ping of 2^16+5 bytes',
    'answered',
    {writes: [declares(9, 2 ** 16 + 5)], choices: {lengthBits: 16}},
  ],
  ['no byte of 2^32', 'delivered', {writes: [declares(1, 2 ** 32, '')]}],
  [
    'the rest of a message',
    'delivered',
    {writes: [concat([start('b'), declares(0, 2 ** 32 + 5)])]},
  ],
  [
    'a text behind a long pong',
    'delivered',
    {writes: [concat([declares(10, 2 ** 32 + 5), text('behind')])]},
  ],
  [
    'a ping behind a long pong',
    'answered',
    {writes: [concat([declares(10, 2 ** 32 + 5), ping('behind')])]},
  ],
  [
    'a ping with the payload of one that was answered',
    'answered',
    {writes: [ping('ccccc'), 'drained', declares(9, 2 ** 32 + 5)]},
  ],
])('%s, taken by an endpoint that cuts lengths, is %s', (_, kind, {choices, ...played}) => {
  const {broken} = play({
    ...played,
    choices: {...cut, ...choices, ignores: new Set(['control-long'])},
  })
  expect(broken).toMatchObject({rule: 'length-in-full', kind})
  expect(broken).not.toHaveProperty('level')
  expect(broken).not.toHaveProperty('timed')
})

test('high bits on top of the low ones make a ping of 7 bytes of 2^33+5', () => {
  const chunks = [
    {dir: 'out', at: 0, bytes: concat([declares(9, 2 ** 33 + 5), ping('behind')])},
    {dir: 'in', at: 5, bytes: Buffer.from('8a0763636363633b45', 'hex')},
  ] as const
  const end = {how: 'open', by: 'none', at: 9} as const
  const {broken} = judgeExchange({chunks, end, watchedMs: 9}, terms)
  expect(broken).toMatchObject({rule: 'length-in-full', kind: 'answered'})
})

test('one who reads all bits of a length may wait for the rest or refuse it', () => {
  const writes = [concat([declares(2, 2 ** 32 + 5), text('behind')])]
  const limited = {terms: {...terms, maxMessage: 100}, choices: {maxMessage: 100}}
  for (const {broken, exercised} of [play({writes}), play({writes, ...limited})]) {
    expect(broken).toBeUndefined()
    expect([...exercised]).toContain('length-in-full')
  }
})

test('a length is not tried by one who stopped watching', () => {
  const {exercised} = play({writes: [declares(9, 2 ** 32 + 5)], leaves: 'stops'})
  expect([...exercised]).not.toContain('length-in-full')
})

test('the bytes of a frame that is only cut off are no fault of its length', () => {
  const chunks = [
    {dir: 'out', at: 0, bytes: declares(1, 300, 'unfinish')},
    {dir: 'in', at: 5, bytes: Buffer.from('\x81\x08unfinish', 'latin1')},
  ] as const
  const end = {how: 'open', by: 'none', at: 9} as const
  const {broken} = judgeExchange({chunks, end, clientFin: 1, watchedMs: 9}, terms)
  expect(broken).toMatchObject({rule: 'truncated-then-gone', kind: 'delivered'})
})
