/** A correct server on a machine that stops it now and then. It needs the build (`npm test` makes it first). */
import {spawn, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {parse} from 'yaml'
import {packageRoot} from '../package.ts'
import type {Report} from '../report.ts'

const dist = join(packageRoot, 'dist')
const limitMs = 300
const names = ['answer', 'deliver', 'publish', 'handshake', 'fail', 'close', 'tcpClose', 'pong']
/** What once missed a limit of time against a server that had done nothing wrong. */
const tried =
  'ws.handshake.response-101,ws.handshake.error-is-http,ws.frame.coalesced,longpoll.race.*,longpoll.wake.*,webhook.delivery.*,sse.fanout.*,poll.empty.*'

async function reference(): Promise<{child: ChildProcess; url: string}> {
  const flags = ['--port', '0', '--wait', '300', '--hook-delays', '50,100,200']
  const program = join(dist, 'fixtures', 'reference', 'main.js')
  const child = spawn(process.execPath, [program, ...flags, '--hook-timeout', '500'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface({input: child.stdout}), 'line')) as [string]
  return {child, url: line.replace('listening on ', '')}
}

async function describeIt(url: string): Promise<object> {
  const file = join(packageRoot, 'fixtures', 'targets', 'reference', 'pushspec.config.yaml')
  const described = parse(await readFile(file, 'utf8')) as {claims: object; longpoll: object}
  const limits = Object.fromEntries(names.map((name) => [`${name}Ms`, limitMs]))
  return {...described, start: {url}, limits, claims: {...described.claims, durable: false}}
}

test('a server that stands still now and then is accused of nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pushspec-standstill-'))
  const {child, url} = await reference()
  // While cases are played; what is tried again alone afterwards must find it well.
  const standStill = async (): Promise<void> => {
    for (const runsMs of [900, 700, 700]) {
      await sleep(runsMs)
      child.kill('SIGSTOP')
      await sleep(2.5 * limitMs)
      child.kill('SIGCONT')
    }
  }
  let standing: Promise<void> | undefined
  try {
    await writeFile(join(folder, 'pushspec.config.json'), JSON.stringify(await describeIt(url)))
    const main = join(dist, 'harness', 'cli', 'main.js')
    const run = spawn(
      process.execPath,
      [main, 'run', '--runs', '12', '--seed', '1', '--only', tried],
      {cwd: folder, stdio: ['ignore', 'ignore', 'pipe']},
    )
    // On a slow machine the first case may be long in coming.
    run.stderr.on('data', (text: Buffer) => {
      if (text.includes(' cases')) standing ??= standStill()
    })
    const [code] = (await once(run, 'close')) as [number]
    const text = await readFile(join(folder, '.pushspec', 'report.json'), 'utf8')
    const {checks} = JSON.parse(text) as Report
    const accused = checks.flatMap(({id, failures}) => failures.map(({saw}) => `${id}: ${saw}`))
    expect(accused).toEqual([])
    expect([0, 5]).toContain(code)
    expect(standing).toBeDefined()
    expect(Math.min(...checks.map(({runs}) => runs))).toBeGreaterThan(10)
  } finally {
    await standing
    child.kill('SIGKILL')
    await rm(folder, {recursive: true})
  }
})
