import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {applyMask, encodeFrame, FrameParser, type FrameSpec} from './frames.ts'

const bytes = (max: number) => fc.uint8Array({maxLength: max, size: 'max'})

/** Any frame whose payload is really there, in any form that fits it. */
const wholeFrame = fc
  .record(
    {
      opcode: fc.nat({max: 15}),
      fin: fc.boolean(),
      rsv1: fc.boolean(),
      rsv2: fc.boolean(),
      rsv3: fc.boolean(),
      maskKey: fc.option(fc.uint8Array({minLength: 4, maxLength: 4}), {nil: undefined}),
      payload: fc.oneof(
        bytes(6),
        fc.constantFrom(125, 126, 127, 300).map((n) => Buffer.alloc(n, 7)),
      ),
      form: fc.constantFrom(7 as const, 16 as const, 64 as const),
    },
    {noNullPrototype: true},
  )
  .map(({maskKey, form, ...rest}): FrameSpec => {
    const lengthForm = form === 7 && rest.payload.length > 125 ? 16 : form
    return {...rest, lengthForm, ...(maskKey && {maskKey})}
  })

const frameList = fc.array(wholeFrame, {maxLength: 5, size: 'max'})

test('RFC 6455 section 5.7: a masked "Hello" has the bytes of the example', () => {
  const maskKey = Buffer.from('37fa213d', 'hex')
  const wire = encodeFrame({opcode: 1, maskKey, payload: Buffer.from('Hello')})
  expect(wire.toString('hex')).toBe('818537fa213d7f9f4d5158')
  expect(new FrameParser().push(wire)).toMatchObject([
    {start: 0, headerEnd: 6, end: 11, fin: true, opcode: 1, payload: Buffer.from('Hello')},
  ])
})

test('RFC 6455 section 5.7: 256 bytes take the 16-bit form and 64 KiB the 64-bit form', () => {
  const short = encodeFrame({opcode: 2, payload: Buffer.alloc(256)})
  const long = encodeFrame({opcode: 2, payload: Buffer.alloc(65_536)})
  expect(short.subarray(0, 4).toString('hex')).toBe('827e0100')
  expect(long.subarray(0, 10).toString('hex')).toBe('827f0000000000010000')
})

test('what is written is read back, with every field and offset', () => {
  fc.assert(
    fc.property(frameList, (specs) => {
      const wires = specs.map((spec) => encodeFrame(spec))
      const frames = new FrameParser().push(Buffer.concat(wires))
      let offset = 0
      for (const [index, spec] of specs.entries()) {
        const {payload, maskKey, ...fields} = spec
        const end = offset + (wires[index]?.length ?? 0)
        expect(frames[index]).toMatchObject({...fields, start: offset, end})
        expect(frames[index]?.masked).toBe(maskKey !== undefined)
        expect(
          Buffer.compare(frames[index]?.payload ?? Buffer.alloc(1), payload ?? Buffer.alloc(0)),
        ).toBe(0)
        offset = end
      }
      expect(frames.length).toBe(specs.length)
    }),
  )
})

test('cutting the bytes anywhere changes nothing', () => {
  const cuts = fc.array(fc.nat({max: 400}), {maxLength: 6, size: 'max'})
  fc.assert(
    fc.property(frameList, cuts, fc.nat({max: 20}), (specs, borders, lost) => {
      const all = Buffer.concat(specs.map((spec) => encodeFrame(spec)))
      const wire = all.subarray(0, Math.max(0, all.length - lost))
      const whole = new FrameParser()
      const parts = new FrameParser()
      const atOnce = whole.push(wire)
      const sorted = [...borders.sort((a, b) => a - b), wire.length]
      let from = 0
      const piecewise = sorted.flatMap((to) => {
        const frames = parts.push(wire.subarray(from, to))
        from = Math.max(from, to)
        return frames
      })
      expect(piecewise).toEqual(atOnce)
      expect(parts.tail).toEqual(whole.tail)
    }),
  )
})

test('byte by byte gives what the whole gives', () => {
  fc.assert(
    fc.property(frameList, (specs) => {
      const wire = Buffer.concat(specs.map((spec) => encodeFrame(spec)))
      const parser = new FrameParser()
      const frames = [...wire].flatMap((byte) => parser.push(Uint8Array.of(byte)))
      expect(frames).toEqual(new FrameParser().push(wire))
      expect(parser.tail).toBeUndefined()
    }),
    {numRuns: 30},
  )
})

test('the tail tells each field as soon as its byte is there', () => {
  const wire = Buffer.from('83fe00c811223344', 'hex')
  const seen = [1, 2, 4, 8].map((n) => {
    const parser = new FrameParser()
    parser.push(wire.subarray(0, n))
    return parser.tail?.header
  })
  expect(seen[0]).toEqual({start: 0, fin: true, rsv1: false, rsv2: false, rsv3: false, opcode: 3})
  expect(seen[1]).toMatchObject({masked: true, lengthForm: 16})
  expect(seen[1]).not.toHaveProperty('length')
  expect(seen[2]).toMatchObject({length: 200, topBit: false})
  expect(seen[2]).not.toHaveProperty('headerEnd')
  expect(seen[3]).toMatchObject({headerEnd: 8})
})

test('a declared length that differs from the payload stays in the tail, unmasked', () => {
  const maskKey = Buffer.from('01020304', 'hex')
  const spec = {opcode: 2, maskKey, payload: Buffer.from('abcde'), lengthForm: 64} as const
  const parser = new FrameParser()
  expect(parser.push(encodeFrame({...spec, declaredLength: 2n ** 63n}))).toEqual([])
  expect(parser.tail).toMatchObject({header: {topBit: true}, payload: Buffer.from('abcde')})
})

test('masking twice is nothing, also from any offset', () => {
  fc.assert(
    fc.property(
      bytes(9),
      fc.uint8Array({minLength: 4, maxLength: 4}),
      fc.nat({max: 9}),
      (p, key, n) => {
        const twice = applyMask(applyMask(p, key, n), key, n)
        expect([...twice]).toEqual([...p])
      },
    ),
  )
})

test('what no header can say is refused', () => {
  const payload = Buffer.alloc(126)
  expect(() => encodeFrame({opcode: 1, payload, lengthForm: 7})).toThrow(RangeError)
  expect(() => encodeFrame({opcode: 1, declaredLength: 65_536, lengthForm: 16})).toThrow(RangeError)
  expect(() => encodeFrame({opcode: 16})).toThrow(RangeError)
  expect(() => encodeFrame({opcode: 1, maskKey: Buffer.alloc(3)})).toThrow(RangeError)
})
