import {expect, test} from 'vitest'
import {encodeFrame, FrameParser} from '../../models/ws/frames.ts'
import {Owed} from './owed.ts'

/** Whether a promise has come to something by now. */
async function isPaid(promise: Promise<true>): Promise<boolean> {
  return await Promise.race([promise, Promise.resolve().then(() => false)])
}

const bytes = (text: string): Buffer => Buffer.from(text)

function sending(...frames: (readonly [opcode: number, text: string, fin?: boolean])[]): Owed {
  const owed = new Owed()
  const parser = new FrameParser()
  for (const [opcode, text, fin = true] of frames)
    for (const frame of parser.push(encodeFrame({opcode, fin, payload: bytes(text)})))
      owed.sent(frame)
  return owed
}

test('nothing is owed where nothing was sent', async () => {
  const owed = new Owed()
  expect(await owed.pong()).toBe(true)
  expect(await owed.echoes()).toBe(true)
})

test('of several pings the pong of the latest is owed', async () => {
  const owed = sending([9, 'one'], [9, 'two'])
  const pong = owed.pong()
  owed.ponged(bytes('one'))
  expect(await isPaid(pong)).toBe(false)
  owed.ponged(bytes('two'))
  expect(await pong).toBe(true)
})

test('a fragmented message is owed one echo; control frames are owed none', async () => {
  const owed = sending([1, 'a', false], [10, 'p'], [0, 'b'], [2, 'c'])
  const echoes = owed.echoes()
  owed.echoed()
  expect(await isPaid(echoes)).toBe(false)
  owed.echoed()
  expect(await echoes).toBe(true)
})
