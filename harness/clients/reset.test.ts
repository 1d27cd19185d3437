import {once} from 'node:events'
import {connect, createServer, type AddressInfo, type Socket} from 'node:net'
import {afterEach, expect, test} from 'vitest'
import {resetTcp} from './reset.ts'

const endings: (() => void)[] = []

afterEach(() => {
  for (const end of endings.splice(0)) end()
})

/** A connection, and how its other side sees it end. */
async function connection(): Promise<{socket: Socket; seen: Promise<string>}> {
  const server = createServer({allowHalfOpen: true}).listen(0, '127.0.0.1')
  endings.push(() => server.close())
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [other] = (await once(server, 'connection')) as [Socket]
  const seen = new Promise<string>((resolve) => {
    other.on('error', ({message}) => resolve(message))
    other.on('close', (failed) => resolve(failed ? 'failed' : 'closed'))
  })
  other.resume()
  return {socket, seen}
}

test('an open connection is reset', async () => {
  const {socket, seen} = await connection()
  resetTcp(socket)
  expect(await seen).toContain('ECONNRESET')
})

test('a reset right behind the end of our direction closes the handle', async () => {
  const {socket} = await connection()
  const errors: string[] = []
  socket.on('error', ({message}) => errors.push(message))
  socket.end('x')
  resetTcp(socket)
  await once(socket, 'close')
  expect(errors).toEqual([])
})
