import {afterEach, expect, test} from 'vitest'
import {only} from '../../trace.ts'
import {approach, endAll, opened, rawServer, upgrade} from './approach.test.support.ts'

afterEach(endAll)

test('a fence on an echo route waits for the echoes too, which a pong may overtake', async () => {
  const origin = await rawServer((socket, head) => {
    socket.write(upgrade(head))
    socket.once('data', () => {
      socket.once('data', () => {
        socket.write('\x8a\x07fence-1', 'latin1')
        setTimeout(() => socket.write('\x81\x02hi', 'latin1'), 20)
      })
    })
  })
  const it = approach(origin)
  const socket = await opened(it)
  await socket.send([{opcode: 1, payload: {text: 'hi'}}], {}, it.log)
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(await socket.fence(it.log)).toBe(true)
  expect(only(it.trace, 'in').at(-1)?.bytes).toBe('\x81\x02hi')
  expect(only(it.trace, 'gaveUp')).toEqual([])
})

test('elsewhere it does not', async () => {
  const origin = await rawServer((socket, head) => {
    socket.write(upgrade(head))
    socket.on('data', () => socket.write('\x8a\x07fence-1', 'latin1'))
  })
  const it = approach(origin, {route: 'plain'})
  const socket = await opened(it)
  await socket.send([{opcode: 1, payload: {text: 'hi'}}], {}, it.log)
  expect(await socket.fence(it.log)).toBe(true)
  expect(only(it.trace, 'gaveUp')).toEqual([])
})

test('the pong of the latest ping is waited for; another one does not do', async () => {
  const origin = await rawServer((socket, head) => {
    socket.write(upgrade(head))
    socket.once('data', () => {
      socket.write('\x8a\x03one', 'latin1')
      setTimeout(() => socket.write('\x8a\x03two', 'latin1'), 20)
    })
  })
  const it = approach(origin)
  const socket = await opened(it)
  const pings = ['one', 'two'].map((text) => ({opcode: 9, payload: {text}}))
  await socket.send(pings, {}, it.log)
  await socket.awaitPong(it.log)
  expect(only(it.trace, 'in').at(-1)?.bytes).toBe('\x8a\x03two')
  // Nothing is open any more, so that this ends at once.
  await socket.awaitPong(it.log)
  expect(only(it.trace, 'gaveUp')).toEqual([])
})

test('who is mute does not answer a Close, and waits for the end of TCP', async () => {
  const heard: string[] = []
  const origin = await rawServer((socket, head) => {
    socket.write(`${upgrade(head)}\x88\x02\x03\xe9`, 'latin1')
    socket.on('data', (bytes) => heard.push(bytes.toString('latin1')))
    setTimeout(() => socket.end(), 30)
  })
  const it = approach(origin)
  const socket = await opened(it)
  await socket.awaitEnd(it.log, true)
  expect(heard).toEqual([])
  expect(await socket.ended).toMatchObject({by: 'server', code: 1001})
  expect(only(it.trace, 'gaveUp')).toEqual([])
})
