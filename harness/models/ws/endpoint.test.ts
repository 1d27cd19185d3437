import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {judgeExchange, ruleKinds, type Exchange, type Terms} from './endpoint.ts'
import {encodeFrame, type FrameSpec} from './frames.ts'
import {correctChoices, type Choices} from './simulated-choices.ts'
import {simulate, type Plan} from './simulated-exchange.ts'

const limits = {failMs: 1000, closeMs: 1000, tcpCloseMs: 500, pongMs: 800}
const terms: Terms = {
  echo: true,
  textOnly: false,
  guaranteedMessage: 1_000_000,
  strict: false,
  limits,
}

const maskKey = Buffer.from('a1b2c3d4', 'hex')
const wire = (spec: FrameSpec): Buffer => encodeFrame({maskKey, ...spec})

const payload = fc
  .oneof(
    fc.constantFrom('', 'a', 'b', 'ab', 'é', '\uFEFFx', '😀', 'a'.repeat(125), 'a'.repeat(126)),
    fc
      .constantFrom('80', 'c3', 'f09f98', 'eda080', 'ff', '00')
      .map((hex) => Buffer.from(hex, 'hex')),
  )
  .map((value) => Buffer.from(value))
const closeBody = fc
  .constantFrom(
    '',
    '03',
    '03e8',
    '03e9',
    '03ea',
    '03ed',
    '03ee',
    '03f3',
    '03f4',
    '03f7',
    '0000',
    '0bb8',
    '1387',
    '1388',
    '07d0',
    '03e8c3a9',
    '03e8c3',
    'ffff61',
  )
  .map((hex) => Buffer.from(hex, 'hex'))
const often = {weight: 6, arbitrary: fc.constant(false)}
const rare = fc.oneof(often, {weight: 1, arbitrary: fc.boolean()})

const dataFrame = fc.record(
  {
    opcode: fc.constantFrom(0, 1, 1, 2),
    fin: fc.boolean(),
    payload,
    lengthForm: fc.constantFrom(undefined, undefined, undefined, 16 as const, 64 as const),
    rsv1: rare,
    bare: rare,
  },
  {noNullPrototype: true},
)
const controlFrame = fc.record(
  {
    opcode: fc.constantFrom(9, 9, 9, 10, 3, 11),
    fin: rare.map((value) => !value),
    payload: fc.oneof(
      payload,
      fc.uint8Array({minLength: 4, maxLength: 6}).map((p) => Buffer.from(p)),
    ),
    lengthForm: fc.constantFrom(undefined, undefined, undefined, 16 as const),
    rsv1: rare,
    bare: rare,
  },
  {noNullPrototype: true},
)
const closeFrame = closeBody.map((body) => ({
  opcode: 8,
  fin: true,
  payload: body,
  lengthForm: undefined,
  rsv1: false,
  bare: false,
}))
interface AnyFrame {
  opcode: number
  fin: boolean
  payload: Buffer
  lengthForm: 16 | 64 | undefined
  rsv1: boolean
  bare: boolean
}
const toWire = ({bare, lengthForm, ...spec}: AnyFrame): Buffer =>
  encodeFrame({
    ...spec,
    ...(!bare && {maskKey}),
    ...(lengthForm && (lengthForm === 16 || spec.payload.length < 65_536) && {lengthForm}),
  })
const good = fc.oneof(
  payload.map((p) => wire({opcode: 2, payload: p})),
  fc.uint8Array({minLength: 4, maxLength: 5}).map((p) => wire({opcode: 9, payload: p})),
  payload.chain((p) =>
    fc
      .nat({max: p.length})
      .map((cut) =>
        Buffer.concat([
          wire({opcode: 2, fin: false, payload: p.subarray(0, cut)}),
          wire({opcode: 9, payload: Buffer.from(`in ${cut}`)}),
          wire({opcode: 0, payload: p.subarray(cut)}),
        ]),
      ),
  ),
)
const anyFrame = fc.oneof(
  {weight: 4, arbitrary: good},
  {weight: 4, arbitrary: dataFrame.map(toWire)},
  {weight: 2, arbitrary: controlFrame.map(toWire)},
  {weight: 1, arbitrary: closeFrame.map(toWire)},
)

const plan: fc.Arbitrary<Plan> = fc
  .record(
    {
      frames: fc.array(anyFrame, {maxLength: 7, size: 'max'}),
      cuts: fc.array(fc.nat({max: 200}), {maxLength: 5, size: 'max'}),
      atOnce: fc.boolean(),
      lost: fc.constantFrom(0, 0, 0, 1, 3),
      waits: fc.array(fc.constantFrom(0, 1, 30, 1500, 'drained' as const), {
        minLength: 12,
        maxLength: 12,
      }),
      leaves: fc.constantFrom(
        'watches' as const,
        'watches' as const,
        'stops' as const,
        'fin' as const,
        'reset' as const,
      ),
      latencyMs: fc.constantFrom(0, 5, 100),
    },
    {noNullPrototype: true},
  )
  .map(({frames, cuts, atOnce, lost, waits, leaves, latencyMs}) => {
    const all = Buffer.concat(frames)
    const bytes = all.subarray(0, Math.max(0, all.length - lost))
    let edge = 0
    const ends = frames.map((frame) => (edge += frame.length))
    const borders = [...new Set([...(atOnce ? [] : ends), ...cuts, bytes.length])]
      .filter((border) => border > 0 && border <= bytes.length)
      .sort((a, b) => a - b)
    const writes = borders.map((border, index) => ({
      bytes: bytes.subarray(borders[index - 1] ?? 0, border),
      waitMs: waits[index % 12] ?? 0,
    }))
    return {writes, leaves, latencyMs}
  })

const legal: Record<string, {choices: Partial<Choices>; terms?: Partial<Terms>}> = {
  plain: {choices: {}},
  'fails by TCP only': {choices: {failBy: 'tcp', closeReply: () => Buffer.alloc(0)}},
  'fails by a reset': {choices: {failBy: 'reset'}},
  'fails without a code, at once': {
    choices: {failCode: () => undefined, eager: true, earlyUtf8: true},
  },
  'refuses longer length forms': {
    choices: {refuseLongForms: true, closeReply: () => Buffer.from([3, 232])},
  },
  'refuses them where it must': {
    choices: {refuseLongForms: true, eager: true},
    terms: {strict: true},
  },
  'merges pongs, with heartbeats': {choices: {mergePongs: true, heartbeat: Buffer.alloc(0)}},
  'beats with a payload of its own': {choices: {heartbeat: Buffer.from('my own beat')}},
  'echoes late': {choices: {lateEchoes: true}, terms: {pongOvertakesEcho: true}},
  'echoes in fragments': {choices: {echoFragment: 1}},
  'leaves with 1001': {choices: {leaveAfter: 2, leaveBy: 1001}},
  'leaves with 1001, and waits': {choices: {leaveAfter: 1, leaveWaits: true}},
  'leaves with 4000, and waits': {choices: {leaveAfter: 3, leaveBy: 4000, leaveWaits: true}},
  'has a limit': {choices: {maxMessage: 100, eager: true}, terms: {maxMessage: 100}},
  'has an undeclared limit': {choices: {maxMessage: 100}, terms: {guaranteedMessage: 100}},
  'echoes nothing': {choices: {echo: () => undefined}, terms: {echo: false}},
}

test.each(Object.keys(legal))('no script accuses a legal endpoint: %s', (name) => {
  const {choices, terms: own} = legal[name] ?? {choices: {}}
  fc.assert(
    fc.property(plan, (script) => {
      const exchange = simulate(script, {...correctChoices, ...choices})
      expect(judgeExchange(exchange, {...terms, ...own}).broken).toBeUndefined()
    }),
    {numRuns: Number(process.env['PUSHSPEC_RUNS'] ?? 1500)},
  )
})

const faults: readonly Partial<Choices>[] = [
  {ignores: new Set(['mask', 'rsv'])},
  {ignores: new Set(['utf8', 'close', 'reason', 'opcode'])},
  {ignores: new Set(['orphan', 'inside', 'control-fin', 'control-long'])},
  {echo: (type, parts) => ({type, bytes: Buffer.concat(parts.slice(0, 2))})},
  {echo: (type, parts) => (parts.length > 1 ? undefined : {type, bytes: Buffer.concat(parts)})},
  {pong: () => Buffer.alloc(0), closesTcp: false},
  {pong: () => undefined, failCode: () => 1000},
  {readsOn: true, onFin: 'stay'},
  {closeReply: () => Buffer.from([3, 237]), afterClose: wire({opcode: 1})},
]

/** The first `count` chunks, watched until just before the next event. */
function prefixOf(exchange: Exchange, count: number): Exchange {
  const {clientFin, ...rest} = exchange
  const chunks = exchange.chunks.slice(0, count)
  const until = exchange.chunks[count]?.at ?? exchange.end.at
  const lastOut = chunks.findLast(({dir}) => dir === 'out')?.at ?? 0
  const fin = clientFin !== undefined && clientFin <= until && count === exchange.chunks.length
  const end = {how: 'open', by: 'none', at: until} as const
  return {...rest, chunks, end, watchedMs: until - lastOut, ...(fin && {clientFin})}
}

test('what is broken on a prefix is broken on the whole, by the same rule and kind', () => {
  fc.assert(
    fc.property(plan, fc.constantFrom(...faults), fc.nat({max: 20}), (script, choices, count) => {
      const exchange = simulate(script, {...correctChoices, ...choices})
      const whole = judgeExchange(exchange, terms)
      const part = judgeExchange(prefixOf(exchange, Math.min(count, exchange.chunks.length)), terms)
      if (part.broken !== undefined) expect(whole.broken).toEqual(part.broken)
    }),
    {numRuns: 3000},
  )
})

test('every break has a kind of its rule, and its rule is exercised', () => {
  let broken = 0
  fc.assert(
    fc.property(plan, fc.constantFrom(...faults), (script, choices) => {
      const judged = judgeExchange(simulate(script, {...correctChoices, ...choices}), terms)
      if (judged.broken === undefined) return
      broken += 1
      expect(ruleKinds[judged.broken.rule]).toContain(judged.broken.kind)
      expect(judged.exercised).toContain(judged.broken.rule)
    }),
    {numRuns: 3000},
  )
  expect(broken).toBeGreaterThan(200)
})

test('cutting what the server sends changes nothing', () => {
  fc.assert(
    fc.property(plan, fc.constantFrom({}, ...faults), fc.nat({max: 3}), (script, choices, size) => {
      const exchange = simulate(script, {...correctChoices, ...choices})
      const chunks = exchange.chunks.flatMap((chunk) =>
        chunk.dir === 'out' || size === 0
          ? [chunk]
          : Array.from({length: Math.ceil(chunk.bytes.length / size)}, (_, index) => ({
              ...chunk,
              bytes: chunk.bytes.subarray(index * size, (index + 1) * size),
            })),
      )
      const cut = judgeExchange({...exchange, chunks}, terms)
      const whole = judgeExchange(exchange, terms)
      expect([cut.broken?.rule, cut.broken?.kind]).toEqual([whole.broken?.rule, whole.broken?.kind])
      expect([...cut.exercised].sort()).toEqual([...whole.exercised].sort())
    }),
    {numRuns: 1500},
  )
})
