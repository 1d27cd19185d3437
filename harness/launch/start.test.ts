import {existsSync, readFileSync} from 'node:fs'
import {createServer, type AddressInfo} from 'node:net'
import {join} from 'node:path'
import type {LoadedTarget} from './load.ts'
import {accepts, freePort} from './ports.ts'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {listen, listens, Rig, runs, text} from './rig.ts'

let rig: Rig

beforeAll(() => {
  rig = new Rig()
})

afterAll(() => expect(rig.close()).toEqual([]))

test('a program is started on a free port with a fresh folder, and leaves nothing behind', async () => {
  const source = `${listens}fs.writeFileSync(dir + '/here', process.cwd())\n${listen}`
  const launched = await rig.launch(rig.program(source))
  const [origin] = launched.origins
  expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(await text(`${origin}/`)).toBe('ok')
  const [dir] = rig.dirs()
  expect(readFileSync(join(dir!, 'here'), 'utf8')).toBe(rig.folder)
  expect(runs(launched.pid!)).toBe(true)
  const {pid} = launched
  await launched.stop()
  await launched.stop()
  expect(runs(pid!)).toBe(false)
  expect(existsSync(dir!)).toBe(false)
})

test('placeholders are filled in arguments and in the environment', async () => {
  const source = `${listens}console.log([process.env.P === port, process.env.D === dir, process.env.R])\n${listen}`
  const start = {env: {P: '{port}', D: '{dir}', R: '{receivers}'}, ready: {log: 'true'}}
  const receiverUrls = ['http://127.0.0.1:1/', 'http://127.0.0.1:2/']
  const launched = await rig.launch(rig.program(source, start), {receiverUrls})
  expect(launched.log()).toBe("[ true, true, 'http://127.0.0.1:1/,http://127.0.0.1:2/' ]\n")
  await launched.stop()
  expect(await rig.mistake(rig.program(source, start))).toBe(
    '2: a.yaml: start.command: {receivers} needs webhook.slots',
  )
})

test('readiness is an answer below 500, an open port, or a line of the log', async () => {
  const slow = `let tries = 0
server.removeAllListeners('request')
server.on('request', (request, response) => {
  response.statusCode = request.url === '/up' && ++tries > 2 ? 404 : 503
  response.end(String(tries))
})
`
  const byHttp = await rig.launch(rig.program(listens + slow + listen, {ready: {http: 'up'}}))
  expect(await text(`${byHttp.origins[0]}/`)).toBe('3')
  await byHttp.stop()
  const late = `${listens}server.listen(Number(port), '127.0.0.1', () => {
  process.stderr.write('rea')
  setTimeout(() => process.stderr.write('dy\\n'), 30)
})`
  const byLog = await rig.launch(rig.program(late, {ready: {log: '^ready$'}}))
  expect(byLog.log()).toBe('ready\n')
  await byLog.stop()
})

test('a program that is never ready is ended and its log told', async () => {
  const source = "console.log('thinking'); setInterval(() => {}, 1000)"
  const loaded = rig.program(source, {ready: {timeout: 400}})
  expect(await rig.mistake(loaded)).toBe(
    '3: a.yaml: start.ready: not ready after 400 ms; waited for its port to open; its last lines were:\n  thinking',
  )
  const byHttp = rig.program('setInterval(() => {}, 1000)', {ready: {http: '/up', timeout: 100}})
  expect(await rig.mistake(byHttp)).toBe(
    '3: a.yaml: start.ready: not ready after 100 ms; waited for GET /up to be answered below 500; it wrote nothing',
  )
})

test('a program that dies at once is told with its code or signal', async () => {
  expect(await rig.mistake(rig.program("console.error('no\\nconfig'); process.exit(7)"))).toBe(
    '3: a.yaml: start.command: ended with code 7 before it was ready; its last lines were:\n  no\n  config',
  )
  expect(await rig.mistake(rig.program("process.kill(process.pid, 'SIGKILL')"))).toBe(
    '3: a.yaml: start.command: ended by SIGKILL before it was ready; it wrote nothing',
  )
})

test('a program that does not exist is a mistake in the description', async () => {
  expect(await rig.mistake(rig.program('', {command: ['./nope', '{port}']}))).toBe(
    '2: a.yaml: start.command: ./nope: no such program',
  )
  expect(await rig.mistake(rig.program('', {command: ['./program1.cjs', '{port}']}))).toBe(
    '2: a.yaml: start.command: ./program1.cjs: cannot be started (EACCES)',
  )
})

test('secrets of the environment do not stand in the log', async () => {
  const source = `${listens}console.log('token', process.env.TOKEN)\n${listen}`
  // oxlint-disable-next-line no-template-curly-in-string -- the description's own syntax
  const start = {env: {TOKEN: '${S}'}, ready: {log: 'token .'}}
  let seen = ''
  const onLog = (text: string): void => void (seen += text)
  const launched = await rig.launch(rig.program(source, start, {S: 's3cret'}), {onLog})
  expect([launched.log(), seen]).toEqual(['token ******\n', 'token ******\n'])
  await launched.stop()
})

test('a program that ignores SIGTERM is killed', async () => {
  const source = `process.on('SIGTERM', () => {})\n${listens}${listen}`
  const launched = await rig.launch(rig.program(source))
  const {pid} = launched
  await launched.stop()
  expect(runs(pid!)).toBe(false)
})

test('several instances run at once', async () => {
  const loaded = rig.program(listens + listen)
  const all = await Promise.all([1, 2, 3].map(() => rig.launch(loaded)))
  expect(new Set(all.map(({origins}) => origins[0])).size).toBe(3)
  expect(rig.dirs()).toHaveLength(3)
  await Promise.all(all.map((launched) => launched.stop()))
})

test('an abort ends the wait for readiness', async () => {
  const aborting = new AbortController()
  const loaded = rig.program("console.log('up'); setInterval(() => {}, 1000)")
  const launching = rig.launch(loaded, {
    signal: aborting.signal,
    onLog: () => aborting.abort(new Error('enough')),
  })
  await expect(launching).rejects.toThrow('enough')
})

/** Something that listens on a port while `act` runs. */
async function occupied(act: (port: number) => Promise<void>): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => {}).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await act((server.address() as AddressInfo).port)
  } finally {
    server.close()
  }
}

test('a declared port that is taken is told before anything is started', async () => {
  await occupied(async (port) => {
    const url = `http://127.0.0.1:${port}`
    const loaded = rig.program(listens + listen, {command: ['node', 'never.cjs'], url})
    expect(await rig.mistake(loaded)).toBe(
      `3: a.yaml: start.url: ${url} is taken already, by something that was not started here`,
    )
  })
})

test('a chosen port that was taken meanwhile is replaced by another', async () => {
  const source = `${listens}const marker = dir + '/../tried'
if (!fs.existsSync(marker)) {
  fs.writeFileSync(marker, '')
  console.error('Error: listen EADDRINUSE: address already in use')
  process.exit(1)
}
fs.rmSync(marker)
${listen}`
  const launched = await rig.launch(rig.program(source))
  expect(await text(`${launched.origins[0]}/`)).toBe('ok')
  await launched.stop()
})

test('a target by URL is reached or is a mistake, and is not restarted', async () => {
  const at = (url: string): LoadedTarget => rig.loaded({url, ready: {timeout: 50}})
  await occupied(async (port) => {
    const launched = await rig.launch(at(`http://127.0.0.1:${port}`))
    expect(launched.origins).toEqual([`http://127.0.0.1:${port}`])
    expect([launched.restart, launched.pid, launched.log()]).toEqual([undefined, undefined, ''])
    await launched.stop()
    expect(await accepts(launched.origins[0]!, 1000)).toBe(true)
  })
  const url = `http://127.0.0.1:${await freePort()}`
  expect(await rig.mistake(at(url))).toBe(
    `3: a.yaml: ${url} cannot be reached: waited 50 ms for its port to open`,
  )
  expect(await rig.mistake(at('http://192.0.2.1:80'))).toBe(
    '2: a.yaml: start.url: 192.0.2.1 is not this machine; pass --allow-remote to test it all the same',
  )
})
