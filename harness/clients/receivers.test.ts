import {once} from 'node:events'
import {connect, type Socket} from 'node:net'
import {afterEach, expect, test} from 'vitest'
import {createReceivers, Receiver, type ReceiverPool} from './receivers.ts'

const open: {close(): void}[] = []

afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

async function receiver(): Promise<Receiver> {
  const receiver = await Receiver.start()
  open.push(receiver)
  return receiver
}

async function pool(count: number): Promise<ReceiverPool> {
  const pool = await createReceivers(count)
  open.push(pool)
  return pool
}

async function dial(url: string): Promise<Socket> {
  const socket = connect({host: '127.0.0.1', port: Number(new URL(url).port)})
  open.push({close: () => socket.destroy()})
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** What comes back for these bytes, until as much came as is expected. */
async function ask(socket: Socket, bytes: string, length: number): Promise<string> {
  let read = ''
  socket.on('data', (data: Buffer) => (read += data.toString('latin1')))
  socket.write(bytes, 'latin1')
  while (read.length < length) await once(socket, 'data')
  return read
}

const noContent = 'HTTP/1.1 204 No Content\r\n\r\n'
const request = 'POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi'

test('requests are answered 204, also when they are sent ahead', async () => {
  const socket = await dial((await receiver()).url)
  const answer = await ask(socket, request + request, 2 * noContent.length)
  expect(answer).toBe(noContent + noContent)
})

test('a sender that waits for 100 Continue gets it', async () => {
  const socket = await dial((await receiver()).url)
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n'
  expect(await ask(socket, head, 25)).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  expect(await ask(socket, 'x', noContent.length)).toBe(noContent)
})

test('what is no HTTP ends the connection', async () => {
  const socket = await dial((await receiver()).url)
  socket.write('\x16\x03\x01\r\n', 'latin1')
  await once(socket, 'close')
  expect(socket.destroyed).toBe(true)
})

test('a receiver refuses, and listens again on the same port', async () => {
  const it = await receiver()
  const {url} = it
  it.refuse()
  expect(it.listening).toBe(false)
  const refused = connect({host: '127.0.0.1', port: Number(new URL(url).port)})
  const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ECONNREFUSED')
  await it.listen()
  expect(it.url).toBe(url)
  expect(await ask(await dial(url), request, noContent.length)).toBe(noContent)
})

test('slots are lent one at a time, and the next case waits for one', async () => {
  const slots = await pool(1)
  const first = await slots.take()
  expect(first?.url).toBe(slots.urls[0])
  let lent: Receiver | undefined
  const next = slots.take().then((slot) => (lent = slot))
  await Promise.resolve()
  expect(lent).toBeUndefined()
  await slots.giveBack(first!, 1)
  expect(await next).toBe(first)
})

test('a slot is not lent before its sender is quiet, and answers 204 meanwhile', async () => {
  const slots = await pool(1)
  const slot = await slots.take()
  slot!.attach((socket) => socket.destroy())
  slot!.refuse()
  await slots.giveBack(slot!, 60)
  const givenAt = performance.now()
  const socket = await dial(slot!.url)
  const closing = 'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'
  const idle = await dial(slot!.url)
  expect(await ask(socket, request, closing.length)).toBe(closing)
  const askedAt = performance.now()
  expect(await slots.take()).toBe(slot)
  // What a sender keeps alive would be answered for the case before.
  await Promise.all([socket, idle].map(async (one) => one.closed || (await once(one, 'close'))))
  expect(performance.now() - askedAt).toBeGreaterThanOrEqual(50)
  expect(askedAt).toBeGreaterThan(givenAt)
})

test('who waits for a slot when its case ends, or the pool closes, gets none', async () => {
  const slots = await pool(1)
  await slots.take()
  const over = new AbortController()
  const waiting = slots.take(over.signal)
  over.abort()
  expect(await waiting).toBeUndefined()
  const other = slots.take()
  slots.close()
  expect(await other).toBeUndefined()
})
