/** The command as a process: it needs the build (`npm test` makes it first). */
import {spawn, type ChildProcessWithoutNullStreams} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm} from 'node:fs/promises'
import {createServer, type AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {packageRoot} from '../package.ts'

const main = join(packageRoot, 'dist', 'harness', 'cli', 'main.js')

function start(...args: string[]): ChildProcessWithoutNullStreams {
  const {PATH = ''} = process.env
  return spawn(process.execPath, [main, ...args], {env: {PATH}})
}

async function ended(child: ChildProcessWithoutNullStreams): Promise<{code: number; err: string}> {
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  return {code, err}
}

async function textUntil(
  child: ChildProcessWithoutNullStreams,
  wanted: RegExp,
): Promise<RegExpExecArray> {
  let text = ''
  for await (const chunk of child.stdout) {
    text += String(chunk)
    const match = wanted.exec(text)
    if (match) return match
  }
  throw new Error(`ended without ${wanted}: ${text}`)
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const {port} = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

test('an unknown flag ends the process with 2', async () => {
  const child = start('run', '--sead', '1')
  child.stdout.resume()
  const {code, err} = await ended(child)
  expect(err).toContain('Did you mean --seed?')
  expect(code).toBe(2)
})

test('a reader that goes away does not make a listing fail', async () => {
  const child = start('list', '--json')
  child.stdout.destroy()
  expect(await ended(child)).toEqual({code: 0, err: ''})
})

test('explain names the nearest id of a misspelt one', async () => {
  const child = start('explain', 'sse.resume.exakt')
  child.stdout.resume()
  expect(await ended(child)).toEqual({
    code: 2,
    err: 'pushspec: sse.resume.exakt: no such check; did you mean sse.resume.exact?\n',
  })
})

test('a URL where nobody listens ends with 3', async () => {
  const url = `http://127.0.0.1:${await closedPort()}/events`
  const out = await mkdtemp(join(tmpdir(), 'pushspec-out-'))
  const child = start('run', url, '--out', out)
  child.stdout.resume()
  expect(await ended(child)).toEqual({
    code: 3,
    err: `pushspec: ${url}: cannot be reached: ECONNREFUSED\n`,
  })
  await rm(out, {recursive: true})
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends the server that serve started',
  async (signal) => {
    const child = start('serve')
    const [, url] = await textUntil(child, /listening on (http:\/\/127\.0\.0\.1:\d+)/)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    child.kill(signal)
    expect(await ended(child)).toEqual({code: 0, err: ''})
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed')
  },
)
