import {afterEach, expect, test} from 'vitest'
import {only} from '../../trace.ts'
import {approach, endAll, libraryServer, opened, rawServer} from './approach.test.support.ts'
import {openByLibrary} from './handshake.ts'

afterEach(endAll)

test('the library echoes, pings and closes over the faulty socket, and its bytes are facts', async () => {
  const messages: string[] = []
  const it = approach(await libraryServer(), {
    onMessage: (_, {payload, binary}) => messages.push(`${binary} ${payload.toString()}`),
  })
  const socket = await opened(it, openByLibrary)
  expect(socket.open).toBe(true)
  await socket.send([{opcode: 1, payload: {text: 'hi'}}], {}, it.log)
  await socket.send([{opcode: 3}, {opcode: 9, payload: {text: 'p'.repeat(126)}}], {}, it.log)
  expect(await socket.fence(it.log)).toBe(true)
  expect(messages).toEqual(['false hi'])
  expect(only(it.trace, 'handshake')[0]).toMatchObject({status: 101, ending: 'complete'})
  expect(only(it.trace, 'handshake')[0]?.request).toMatch(/^GET \/echo HTTP\/1.1\r\n/)
  await socket.close({do: 'close', client: 'a', code: 1006}, it.log)
  expect(socket.open).toBe(true)
  await socket.close({do: 'close', client: 'a', code: 1000}, it.log)
  expect(await socket.ended).toEqual({by: 'server', code: 1000})
})

test('the library too is refused, and gives up silence', async () => {
  const refusing = approach(
    await rawServer((socket) => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')),
  )
  expect(await openByLibrary(refusing)).toBeUndefined()
  expect(only(refusing.trace, 'handshake')[0]).toMatchObject({status: 403, ending: 'complete'})
  const silent = approach(await rawServer(() => {}))
  expect(await openByLibrary(silent)).toBeUndefined()
  expect(only(silent.trace, 'handshake')).toHaveLength(1)
})
