import {createServer, type Server, type Socket} from 'node:net'
import {once} from 'node:events'
import {afterEach, expect, test} from 'vitest'
import type {Play} from './driver.ts'
import {Recorder} from './recorder.ts'
import {connectWire, cutAfter, type FaultPlan, type Wire} from './wire.ts'

const servers: Server[] = []
const sockets = new Set<Socket>()
const over: AbortController[] = []

afterEach(() => {
  for (const controller of over.splice(0)) controller.abort()
  for (const socket of sockets) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

async function serve(onSocket: (socket: Socket) => void): Promise<string> {
  const server = createServer({allowHalfOpen: true, noDelay: true}, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as {port: number}).port}`
}

async function closed(wire: Wire): Promise<void> {
  if (!wire.socket.closed) await once(wire.socket, 'close')
}

function stage(): {play: Play; recorder: Recorder; end: AbortController} {
  const recorder = new Recorder()
  const end = new AbortController()
  over.push(end)
  const target = {limits: {connectMs: 500}}
  const play = {service: {target}, recorder, signal: end.signal} as unknown as Play
  return {play, recorder, end}
}

async function open(
  onSocket: (socket: Socket) => void,
  plan?: FaultPlan,
): Promise<{wire: Wire; facts: () => unknown[]; end: AbortController}> {
  const {play, recorder, end} = stage()
  const origin = await serve(onSocket)
  const wire = await connectWire(play, 'a', origin, recorder.for(3), plan)
  const facts = (): unknown[] =>
    recorder.trace.map((fact) =>
      Object.fromEntries(Object.entries(fact).filter(([key]) => key !== 'at' && key !== 'step')),
    )
  return {wire: wire!, facts, end}
}

test('bytes out and in become facts, and the server ending first is its fin', async () => {
  const {wire, facts} = await open((socket) =>
    socket.once('data', (bytes) => socket.end(`<${bytes.toString('latin1')}\xff>`, 'latin1')),
  )
  let read = ''
  wire.onBytes((bytes) => (read += bytes.toString('latin1')))
  await wire.write('hi')
  expect(await wire.ended).toEqual({by: 'server', how: 'fin'})
  expect(read).toBe('<hi\xff>')
  await closed(wire)
  expect(facts()).toEqual([
    {kind: 'connect', conn: 'a.1', client: 'a'},
    {kind: 'out', conn: 'a.1', bytes: 'hi'},
    {kind: 'in', conn: 'a.1', bytes: '<hi\xff>'},
    {kind: 'fin', conn: 'a.1', by: 'server'},
    {kind: 'fin', conn: 'a.1', by: 'client'},
  ])
})

test('what goes out is cut at the offsets, one segment a fact', async () => {
  let reads = 0
  const {wire, facts} = await open((socket) => socket.on('data', () => (reads += 1)))
  await wire.write('abcdef', [1, 4])
  await wire.write('ghi', [2], 2)
  expect(facts().slice(1)).toEqual(
    ['a', 'bcd', 'ef', 'gh', 'i'].map((bytes) => ({kind: 'out', conn: 'a.1', bytes})),
  )
  expect(reads).toBeGreaterThan(1)
})

test.each([0, 1, 4, 5])('a cut after %i bytes keeps exactly these', async (bytes) => {
  const {wire, facts} = await open((socket) => socket.write('hello, world'), {
    cut: cutAfter(bytes, 'rst'),
  })
  let read = ''
  wire.onBytes((chunk) => (read += chunk.toString()))
  expect(await wire.ended).toEqual({by: 'client', how: 'cut'})
  expect(read).toBe('hello, world'.slice(0, bytes))
  expect(facts().slice(1)).toEqual([
    ...(bytes > 0 ? [{kind: 'in', conn: 'a.1', bytes: read}] : []),
    {kind: 'reset', conn: 'a.1', by: 'client'},
  ])
})

test.each(['fin', 'rst', 'half'] as const)('leaving by %s is what the server sees', async (how) => {
  const seen: string[] = []
  const {wire} = await open((socket) => {
    socket.once('end', () => seen.push('fin'))
    socket.once('error', (error: NodeJS.ErrnoException) => seen.push(error.code ?? ''))
    socket.once('data', () => socket.write('y'))
  })
  await new Promise<void>((resolve) => {
    wire.onBytes(() => resolve())
    void wire.write('x')
  })
  wire.leave(how)
  await expect.poll(() => seen).toHaveLength(1)
  expect(seen[0]).toBe(how === 'rst' ? 'ECONNRESET' : 'fin')
  expect(wire.socket.destroyed).toBe(how !== 'half')
})

test('after half a close the rest of the answer is read', async () => {
  const {wire, facts} = await open((socket) =>
    socket.once('end', () => socket.end('late')).resume(),
  )
  let read = ''
  wire.onBytes((bytes) => (read += bytes.toString()))
  wire.leave('half')
  await wire.ended
  await closed(wire)
  expect(read).toBe('late')
  expect(facts().slice(1)).toEqual([
    {kind: 'fin', conn: 'a.1', by: 'client'},
    {kind: 'in', conn: 'a.1', bytes: 'late'},
    {kind: 'fin', conn: 'a.1', by: 'server'},
  ])
})

test('with a half-open plan our direction outlives that of the server', async () => {
  const received: string[] = []
  const {wire} = await open(
    (socket) => {
      socket.end()
      socket.on('data', (bytes) => received.push(bytes.toString()))
    },
    {halfOpen: true},
  )
  await wire.ended
  await wire.write('still here')
  await expect.poll(() => received).toEqual(['still here'])
})

test('a reset by the server is a fact, with the code of the system', async () => {
  const {wire, facts} = await open((socket) => socket.once('data', () => socket.resetAndDestroy()))
  await wire.write('x')
  expect(await wire.ended).toEqual({by: 'server', how: 'reset', error: 'ECONNRESET'})
  expect(facts().at(-1)).toEqual({
    kind: 'reset',
    conn: 'a.1',
    by: 'server',
    error: 'ECONNRESET',
  })
})

test('nobody listening is a refusal', async () => {
  const {play, recorder} = stage()
  const origin = await serve(() => {})
  const server = servers.pop()!
  server.close()
  await once(server, 'close')
  expect(await connectWire(play, 'a', origin, recorder.for(0))).toBeUndefined()
  expect(recorder.trace).toMatchObject([
    {kind: 'refused', conn: 'a.1', client: 'a', error: 'ECONNREFUSED'},
  ])
})

test('the end of the case ends the connection, one that only stalls too', async () => {
  const {wire, end} = await open((socket) => socket.write('flood'.repeat(100_000)))
  wire.leave('stall')
  end.abort()
  await closed(wire)
  expect(wire.socket.destroyed).toBe(true)
})
