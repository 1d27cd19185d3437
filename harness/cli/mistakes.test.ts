/** What a user does wrong, tried as a user: it needs the build (`npm test` makes it first). */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {createServer as createHttpServer} from 'node:http'
import {createServer, type AddressInfo, type Server} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {packageRoot} from '../package.ts'
import type {Report} from '../report.ts'

const main = join(packageRoot, 'dist', 'harness', 'cli', 'main.js')

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pushspec-mistakes-'))
})
afterAll(async () => {
  await rm(folder, {recursive: true})
})

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function pushspec(...args: string[]): Promise<Ended> {
  const {PATH = ''} = process.env
  const child = spawn(process.execPath, [main, ...args], {cwd: folder, env: {PATH}})
  let out = ''
  let err = ''
  child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()))
  child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()))
  const [code] = (await once(child, 'close')) as [number]
  // No mistake of a user is told by a stack.
  expect(out + err).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m)
  return {code, out, err}
}

async function described(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text)
  return name
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** The words of a report without its line breaks. */
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ')

test.each([
  [['run', '--sead', '1'], "error: unknown option '--sead'\n(Did you mean --seed?)\n"],
  [['runn'], "error: unknown command 'runn'\n(Did you mean run?)\n"],
  [['run', '--runs', 'many'], 'Give a whole number from 1 to 1000000.'],
  [['run', '--profile', 'smok'], 'Allowed: smoke, ci, deep. Did you mean smoke?'],
  [
    ['run', '--only', 'sse.*,sse.resume.exakt', '--skip', 'pol.*'],
    `pushspec: --only sse.resume.exakt: no such check; did you mean sse.resume.exact?
--skip pol.*: no such check; did you mean poll.*?
`,
  ],
  [['run', '--only', 'sse.*', '--mechanism', 'ws'], 'no check is selected by these flags\n'],
  [['selftest', '--only', 'sse.nothing.*'], '--only sse.nothing.*: no such check; pushspec list'],
  [['run', '--target', 'nowhere.yaml'], 'pushspec: nowhere.yaml: no such file\n'],
  [['run', '--target', 'referense'], 'referense: no such target; did you mean reference?\n'],
  [['run', 'htp://127.0.0.1:1'], 'htp://127.0.0.1:1: is no URL of http, https, ws or wss\n'],
  [['run', 'http://192.0.2.1/events'], '--allow-remote'],
  [['replay', 'nowhere.json'], 'pushspec: nowhere.json: no such file or folder\n'],
  [['serve', '--mutant', 'sse.resume.exact/skips-on'], 'did you mean sse.resume.exact/skips-one?'],
  [
    ['serve', '--mutant', 'sse.resume.exact'],
    'pushspec: --mutant sse.resume.exact: names a check; its mutants are sse.resume.exact/skips-one, ',
  ],
  [['serve', '--data', main], `pushspec: --data ${main}: cannot be written: it is a file; give a`],
  [['serve', '--data', `${main}/x`], `pushspec: --data ${main}/x: cannot be written: ENOTDIR`],
  [['run', '--out', ''], 'pushspec: --out: it is empty; give a folder\n'],
  [['run', '--out', main], `--out ${main}: cannot be written: it is a file; give a folder\n`],
  [['run', 'd.yaml'], 'pushspec: d.yaml: is no URL; did you mean --target d.yaml?\n'],
  [['run', '/tmp'], 'pushspec: /tmp: is no URL; did you mean --target /tmp?\n'],
])('%j is a mistake: %s', async (args, told) => {
  const {code, err} = await pushspec(...args)
  expect(err).toContain(told)
  expect(code).toBe(2)
})

test('bad YAML is told with its line and column', async () => {
  const file = await described('bad.yaml', 'name: x\nstart: {url: "http://127.0.0.1:1"\nsse: /s\n')
  const {code, err} = await pushspec('run', '--target', file)
  expect(err).toMatch(/^pushspec: bad\.yaml:3:1: is no YAML; /)
  expect(code).toBe(2)
})

test('a misspelt key is told with the nearest one, one line for each', async () => {
  const text = 'name: x\nstart: {url: "http://127.0.0.1:1"}\nsee: /s\nclaims: {durabel: true}\n'
  const file = await described('misspelt.yaml', text)
  expect(await pushspec('run', '--target', file)).toEqual({
    code: 2,
    out: '',
    err: `pushspec: misspelt.yaml: claims.durabel: no such key; did you mean durable?
misspelt.yaml: see: no such key; did you mean sse?
`,
  })
})

test('a target that nobody listens for ends with 3, and the report says so', async () => {
  const server = createServer()
  const port = await listening(server)
  server.close()
  await once(server, 'close')
  const start = `start: {url: "http://127.0.0.1:${port}", ready: {timeout: 200ms}}`
  const file = await described('gone.yaml', `name: x\n${start}\nsse: /s\n`)
  const {code, out} = await pushspec('run', '--target', file)
  expect(flat(out)).toContain(
    `the target could not be tested: gone.yaml: http://127.0.0.1:${port} cannot be reached: waited 200 ms for its port to open`,
  )
  expect(code).toBe(3)
})

test('a port that is taken by somebody else ends with 3, and nobody else is tested', async () => {
  const other = createServer((socket) => socket.destroy())
  const port = await listening(other)
  const url = `http://127.0.0.1:${port}`
  const start = `start: {command: [node, -e, 'setTimeout(() => {}, 9e6)'], url: "${url}"}`
  const file = await described('taken.yaml', `name: x\n${start}\nsse: /s\n`)
  const {code, out} = await pushspec('run', '--target', file)
  expect(flat(out)).toContain(`start.url: ${url} is taken already, by something that was not`)
  expect(code).toBe(3)
  const serving = await pushspec('serve', '--port', String(port))
  expect(serving.err).toBe(`pushspec: --port ${port}: is in use\n`)
  expect(serving.code).toBe(2)
  other.close()
})

test('a program that ends before it is ready is told with its last lines', async () => {
  const program = 'console.error("no database"); process.exit(4)'
  const start = `start: {command: [node, -e, '${program}', '{port}']}`
  const file = await described('ends.yaml', `name: x\n${start}\nsse: /s\n`)
  const {code, out} = await pushspec('run', '--target', file)
  expect(flat(out)).toContain('start.command: ended with code 4 before it was ready')
  expect(out).toContain('no database')
  expect(code).toBe(3)
})

test('claims that the server does not keep are failures, and what was not reached is told', async () => {
  // It accepts every publish and streams nothing.
  const server = createHttpServer((request, response) => {
    const type = {'content-type': 'text/event-stream'}
    if (request.method === 'GET') response.writeHead(200, type).flushHeaders()
    else response.writeHead(201).end()
  })
  const port = await listening(server)
  const text = `name: empty-handed
start: {url: "http://127.0.0.1:${port}"}
publish: {path: '/{channel}'}
sse: {path: '/{channel}', ready: head}
claims: {resume: {events: 10}, delivery: exactly-once}
limits: {deliverMs: 100}
`
  const file = await described('claims.yaml', text)
  const only = ['--only', 'sse.fanout.all,sse.resume.mid-event-cut,webhook.*']
  const {code, out} = await pushspec('run', '--target', file, '--runs', '3', ...only)
  server.closeAllConnections()
  server.close()
  expect(code).toBe(1)
  const report = JSON.parse(
    await readFile(join(folder, '.pushspec', 'report.json'), 'utf8'),
  ) as Report
  const verdicts = new Map(report.checks.map(({id, verdict}) => [id, verdict]))
  expect(verdicts.get('sse.fanout.all')).toBe('fail')
  expect(verdicts.get('sse.resume.mid-event-cut')).toBe('inconclusive')
  expect(verdicts.get('webhook.delivery.at-least-once')).toBe('not-claimed')
  expect(out).toContain('FAIL  sse.fanout.all  PRACTICE  lost')
  expect(out).toContain('never came')
})
