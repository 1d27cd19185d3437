import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {createServer, type RequestListener} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {Mistake} from '../mistake.ts'
import {load, type LoadOptions} from './load.ts'
import {freePort} from './ports.ts'

let cwd = ''

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pushspec-load-'))
})

afterAll(() => rmSync(cwd, {recursive: true}))

const sound = "name: 'a', start: {url: 'http://127.0.0.1:1'}, sse: '/s'"

/** Writes a file below the folder of the tests. */
function write(name: string, text: string): string {
  mkdirSync(join(cwd, name, '..'), {recursive: true})
  writeFileSync(join(cwd, name), text)
  return name
}

async function mistake(options: Partial<LoadOptions>): Promise<string> {
  try {
    await load({cwd, env: {}, ...options})
  } catch (error) {
    if (error instanceof Mistake) return `${error.exitCode}: ${error.message}`
    throw error
  }
  return 'no mistake'
}

/** Runs a server on a port of the system's choice while `act` does. */
async function serving(
  answer: RequestListener,
  act: (origin: string) => Promise<void>,
): Promise<void> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await act(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test.each([
  ['ok.ts', `import {defineTarget} from 'pushspec'\nexport default defineTarget({${sound}})`],
  ['ok.js', `export default {${sound}}`],
  ['common.js', `module.exports = {${sound}}`],
  ['ok.mjs', `export default {${sound}}`],
  ['ok.json', '{"name": "a", "start": {"url": "http://127.0.0.1:1"}, "sse": "/s"}'],
  ['ok.yaml', 'name: a\nstart: {url: "http://127.0.0.1:1"}\nsse: /s\n'],
])('%s is read', async (name, text) => {
  const loaded = await load({cwd, env: {}, target: write(name, text)})
  expect(loaded.target.name).toBe('a')
  expect(loaded.target.sse?.request.path).toBe('/s')
  expect(loaded.source).toBe(name)
  expect(loaded.folder).toBe(cwd)
})

test('a hook of a TypeScript description comes along', async () => {
  const text = `import {defineTarget, type PublishContext} from 'pushspec'
export default defineTarget({${sound},
  publish: async ({payload}: PublishContext) => ({outcome: 'acked', id: payload}),
})`
  const {hooks} = await load({cwd, env: {}, target: write('hook.ts', text)})
  const {signal} = new AbortController()
  expect(await hooks.publish?.({origin: '', channel: 'c', payload: 'x', signal})).toEqual({
    outcome: 'acked',
    id: 'x',
  })
})

test('a folder stands for the description in it, and the working folder for its own', async () => {
  write('some/pushspec.config.yaml', 'name: b\nstart: {url: "http://127.0.0.1:1"}\nsse: /s\n')
  expect((await load({cwd, env: {}, target: './some'})).target.name).toBe('b')
  const inside = await load({cwd: join(cwd, 'some'), env: {}})
  expect([inside.target.name, inside.source]).toEqual(['b', 'pushspec.config.yaml'])
})

test('a description may end in .yml, and a folder has only one', async () => {
  const text = 'name: c\nstart: {url: "http://127.0.0.1:1"}\nsse: /s\n'
  write('short/pushspec.config.yml', text)
  const inside = {cwd: join(cwd, 'short'), env: {}}
  expect((await load(inside)).source).toBe('pushspec.config.yml')
  write('short/pushspec.config.ts', `export default {${sound}}`)
  const several =
    '2: several descriptions in one folder: pushspec.config.ts, pushspec.config.yml; say which by --target'
  expect(await mistake(inside)).toBe(several)
  expect(await mistake({target: './short'})).toBe(several)
  expect((await load({...inside, target: 'pushspec.config.yml'})).target.name).toBe('c')
})

test('without any description the embedded server is the target, and by its name', async () => {
  const loaded = await load({cwd, env: {}})
  expect(loaded.target).toMatchObject({name: 'reference', restartable: true, channel: 'fresh'})
  expect(loaded.start).toMatchObject({by: 'command', several: true})
  expect((await load({cwd, env: {}, target: 'reference'})).target).toEqual(loaded.target)
})

test('a URL beside a description says where that target runs', async () => {
  write('moved.json', '{"name": "a", "start": {"command": ["x", "{port}"]}, "sse": "/s"}')
  const moved = await load({cwd, env: {}, target: 'moved.json', url: 'http://127.0.0.1:9/x'})
  expect(moved.start).toMatchObject({by: 'url', origins: ['http://127.0.0.1:9']})
  expect(moved.target.restartable).toBe(false)
})

test('headers of the command line are added, and credentials among them are secret', async () => {
  const headers = {authorization: 'Bearer abcd'}
  const loaded = await load({
    cwd,
    env: {},
    target: write('h.yaml', 'sse: /s\nname: a\nstart: {url: "http://[::1]:1"}'),
    headers,
  })
  expect(loaded.headers).toEqual(headers)
  expect(loaded.secrets).toEqual(['Bearer abcd'])
})

test('a file or name that does not exist is a mistake', async () => {
  expect(await mistake({target: './nope.yaml'})).toBe('2: ./nope.yaml: no such file')
  expect(await mistake({target: 'refrence'})).toBe(
    '2: refrence: no such target; did you mean reference?',
  )
  expect(await mistake({target: 'zzz'})).toMatch(
    /^2: zzz: no such file, and no such target; shipped: .*reference/,
  )
  expect(await mistake({target: write('a.toml', '')})).toBe(
    '2: a.toml: is no description; expected a file of .ts .js .mjs .json .yaml .yml',
  )
  mkdirSync(join(cwd, 'empty.d'), {recursive: true})
  expect(await mistake({target: './empty.d'})).toBe('2: empty.d: is no file')
})

test('broken JSON and YAML are told by line and column', async () => {
  expect(await mistake({target: write('bad.json', '{\n  "name": "a",\n}')})).toBe(
    '2: bad.json:3:1: is no JSON; expected a key in double quotes',
  )
  expect(await mistake({target: write('bad.yaml', 'name: a\nsse: [1\n')})).toMatch(
    /^2: bad\.yaml:3:1: is no YAML; Flow sequence in block collection must be/,
  )
})

test('a module that throws or exports nothing is a mistake without a stack', async () => {
  expect(await mistake({target: write('throws.ts', "throw new Error('boom\\nmore')")})).toBe(
    '2: throws.ts: throws when it is loaded: Error: boom',
  )
  expect(await mistake({target: write('none.ts', 'export const x = 1')})).toBe(
    '2: none.ts: has no description as its default export; write export default defineTarget({…})',
  )
  expect(await mistake({target: write('syntax.ts', 'export default {')})).toMatch(
    /^2: syntax\.ts: throws when it is loaded: [^\n]*Unexpected[^\n]*$/,
  )
})

test('every problem of a description bears its file', async () => {
  expect(await mistake({target: write('two.yaml', 'name: a\nsee: /x\nstart: 3\n')})).toBe(
    '2: two.yaml: start: expected an object with url, command, env, ready, got 3\n' +
      'two.yaml: see: no such key; did you mean sse?',
  )
  expect(await mistake({target: write('list.yaml', '- a\n')})).toMatch(
    /^2: list\.yaml: expected an object with name, start, .*, got a list of 1$/,
  )
})

test('a target elsewhere is refused unless that is allowed', async () => {
  const text = 'name: a\nstart: {url: "http://192.0.2.1:80"}\nsse: /s\n'
  const target = write('far.yaml', text)
  expect(await mistake({target})).toBe(
    '2: far.yaml: start.url: 192.0.2.1 is not this machine; pass --allow-remote to test it all the same',
  )
  expect((await load({cwd, env: {}, target, allowRemote: true})).start).toMatchObject({
    origins: ['http://192.0.2.1:80'],
  })
  expect(await mistake({url: 'ws://192.0.2.1/chat'})).toBe(
    '2: ws://192.0.2.1/chat: start.url: 192.0.2.1 is not this machine; pass --allow-remote to test it all the same',
  )
})

test('a bare ws URL is a plain WebSocket of which nothing is claimed', async () => {
  const {target, start} = await load({cwd, env: {}, url: 'ws://127.0.0.1:8080/chat?room=1'})
  expect(target.name).toBe('127.0.0.1:8080')
  expect(target.ws).toMatchObject({plain: {path: '/chat?room=1', headers: {}}})
  expect(target.ws?.echo).toBeUndefined()
  expect(target.claims).toEqual({ordering: 'none', delivery: {}, durable: false})
  expect(start).toMatchObject({by: 'url', origins: ['http://127.0.0.1:8080']})
})

test('a bare http URL is probed once: an event stream, or a poll', async () => {
  await serving(
    (request, response) => {
      const type =
        request.url === '/s?a=1' ? 'text/event-stream; charset=utf-8' : 'application/json'
      response.writeHead(200, {'content-type': type}).write('\n')
    },
    async (origin) => {
      const stream = await load({cwd, env: {}, url: `${origin}/s?a=1`})
      expect(stream.target.sse?.request.path).toBe('/s?a=1')
      expect(stream.target.sse?.ready).toBe('head')
      expect(await mistake({url: `${origin}/p`})).toBe(
        `5: ${origin}/p: answers 200 application/json as a poll does; a poll is tested with a description of its cursor and of how to publish (docs/targets.md)`,
      )
    },
  )
})

test('a bare URL with nothing to test exits 5, one that nobody serves 3, and no URL 2', async () => {
  await serving(
    (_, response) => response.writeHead(404, {'content-type': 'text/html'}).end('no'),
    async (origin) => {
      expect(await mistake({url: `${origin}/x`})).toBe(
        `5: ${origin}/x: answers 404 text/html, of which nothing can be tested; expected text/event-stream, or describe the target`,
      )
    },
  )
  const url = `http://127.0.0.1:${await freePort()}/x`
  expect(await mistake({url})).toBe(`3: ${url}: cannot be reached: ECONNREFUSED`)
  expect(await mistake({url: 'ftp://127.0.0.1/'})).toBe(
    '2: ftp://127.0.0.1/: is no URL of http, https, ws or wss',
  )
})
