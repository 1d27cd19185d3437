import {expect, test} from 'vitest'
import type {RuleName} from './endpoint.ts'
import {
  altering,
  bare,
  binary,
  close,
  hex,
  ignoring,
  maskKey,
  part,
  ping,
  play,
  pong,
  start,
  text,
  wire,
  type Played,
} from './simulated-script.ts'

const found: readonly [string, RuleName, string, Played][] = [
  [
    'takes unmasked text',
    'mask-required',
    'delivered',
    {writes: [bare(1)], choices: ignoring('mask')},
  ],
  [
    'answers an unmasked ping',
    'mask-required',
    'answered',
    {writes: [bare(9)], choices: ignoring('mask')},
  ],
  [
    'stays open after an unmasked pong',
    'mask-required',
    'not-failed',
    {writes: [bare(10)], choices: ignoring('mask')},
  ],
  [
    'fails with 1000',
    'reserved-opcode',
    'wrong-code',
    {writes: [wire({opcode: 3})], choices: {failCode: () => 1000}},
  ],
  [
    'fails with 1006 on the wire',
    'mask-required',
    'unsendable-code',
    {writes: [bare(1)], choices: {failCode: () => 1006}},
  ],
  [
    'leaves TCP open after failing',
    'mask-required',
    'tcp-left-open',
    {writes: [bare(1)], choices: {closesTcp: false}},
  ],
  [
    'ignores RSV1',
    'rsv-bits',
    'delivered',
    {writes: [text('a', {rsv1: true})], choices: ignoring('rsv')},
  ],
  [
    'skips opcode 3',
    'reserved-opcode',
    'not-failed',
    {writes: [wire({opcode: 3})], choices: ignoring('opcode')},
  ],
  [
    'goes on behind opcode 11',
    'reserved-opcode',
    'delivered',
    {writes: [Buffer.concat([wire({opcode: 11}), text('x')])], choices: ignoring('opcode')},
  ],
  [
    'delivers an orphan',
    'orphan-continuation',
    'delivered',
    {writes: [part('abc', true)], choices: ignoring('orphan')},
  ],
  [
    'merges an intruder',
    'new-message-inside',
    'not-failed',
    {writes: [start('a'), start('b')], choices: ignoring('inside')},
  ],
  [
    'answers half a ping',
    'fragmented-control',
    'answered',
    {
      writes: [wire({opcode: 9, fin: false, payload: hex('aabbcc')})],
      choices: ignoring('control-fin'),
    },
  ],
  [
    'answers a long ping',
    'control-too-long',
    'answered',
    {writes: [ping('p'.repeat(200))], choices: ignoring('control-long')},
  ],
  [
    'inserts U+FFFD',
    'utf8-invalid',
    'delivered',
    {
      writes: [text(hex('61ff62'))],
      choices: {...ignoring('utf8'), ...altering((bytes) => Buffer.from(bytes.toString()))},
    },
  ],
  [
    'sends bad text back',
    'utf8-invalid',
    'delivered',
    {writes: [text(hex('61ff62'))], choices: ignoring('utf8')},
  ],
  [
    'takes text that ends within a code point',
    'utf8-invalid',
    'delivered',
    {
      writes: [start(hex('c3')), part('', true)],
      choices: {...ignoring('utf8'), ...altering((bytes) => Buffer.from(bytes.toString()))},
    },
  ],
  [
    'strips a BOM',
    'utf8-valid',
    'altered',
    {
      writes: [text('\uFEFFx')],
      choices: altering((bytes) => Buffer.from(bytes.toString().replace('\uFEFF', ''))),
    },
  ],
  [
    'turns binary into text',
    'binary-transparent',
    'altered',
    {
      writes: [binary('abc')],
      choices: {echo: (_, parts) => ({type: 1, bytes: Buffer.concat(parts)})},
    },
  ],
  [
    'turns binary that is no text into text',
    'binary-transparent',
    'altered',
    {
      writes: [binary(hex('ff00'))],
      choices: {echo: (_, parts) => ({type: 1, bytes: Buffer.concat(parts)})},
    },
  ],
  [
    'skips empty messages',
    'empty-message',
    'lost',
    {
      writes: [text(''), text('b')],
      choices: altering((bytes) => (bytes.length > 0 ? bytes : undefined)),
    },
  ],
  [
    'drops what has an empty last fragment',
    'reassembly',
    'lost',
    {
      writes: [start('a'), part('', true)],
      choices: {
        echo: (type, parts) =>
          parts.length > 1 && parts.at(-1)?.length === 0
            ? undefined
            : {type, bytes: Buffer.concat(parts)},
      },
    },
  ],
  [
    'forgets a fragment',
    'reassembly',
    'altered',
    {
      writes: [start('a'), part('b'), part('c', true)],
      choices: {echo: (type, parts) => ({type, bytes: Buffer.concat(parts.slice(0, 2))})},
    },
  ],
  [
    'appends ping payloads',
    'interleaved-control',
    'altered',
    {
      writes: [start('a'), ping('pppp'), part('b', true)],
      choices: altering((bytes, controls) => Buffer.concat([bytes, ...controls])),
    },
  ],
  [
    'loses long messages',
    'length-forms',
    'lost',
    {
      writes: [text('a'.repeat(200))],
      choices: altering((bytes) => (bytes.length > 125 ? undefined : bytes)),
    },
  ],
  [
    'loses a message before a fence',
    'echo-order',
    'lost',
    {writes: [text('a'), ping('fence'), 'drained', close('')], choices: altering(() => undefined)},
  ],
  [
    'cuts unmasking short',
    'mask-key-any',
    'altered',
    {
      writes: [binary('abcdef')],
      choices: altering((b) =>
        Buffer.from(
          b.map((byte, i) =>
            i < 4 ? byte : byte ^ (maskKey[i % 4] ?? 0) ^ (maskKey[(i + 1) % 4] ?? 0),
          ),
        ),
      ),
    },
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

test('binary that is refused as bad text is charged to its own rule, wherever it stood', () => {
  const {broken} = play({
    writes: [binary(hex('ff'))],
    choices: {...altering(() => undefined), leaveAfter: 1, leaveBy: 1007},
    more: {openedAt: 9},
  })
  expect(broken).toMatchObject({rule: 'binary-transparent', kind: 'unexpected-close'})
})

test('a pong that comes back as a message is charged to the pong, also ahead of an echo', () => {
  const {broken} = play({
    writes: [Buffer.concat([pong('stray'), text('next')])],
    choices: altering(() => Buffer.from('stray')),
  })
  expect(broken).toMatchObject({rule: 'unsolicited-pong', kind: 'extra'})
})
