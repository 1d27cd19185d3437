/** A hostile server under a description of each mechanism. It needs the build (`npm test` makes it first). */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {packageRoot} from '../package.ts'
import type {Report} from '../report.ts'
import {mechanisms, type Mechanism} from '../target.ts'
import {modes, type Mode} from './hostile.test.support.ts'

const dist = join(packageRoot, 'dist', 'harness')
const main = join(dist, 'cli', 'main.js')
const server = join(dist, 'engine', 'hostile.test.support.js')

/** A run ends by itself within this time, in ms; it takes a small part of it. */
const deadlineMs = 60_000
const mostKib = 400 * 1024

const endpoints: Readonly<Record<Mechanism, object>> = {
  poll: {
    poll: {
      path: '/events',
      cursor: {send: {query: 'since'}, receive: {body: '/cursor'}, onGarbage: 400},
      events: {pointer: '/events', payload: '/data'},
    },
  },
  longpoll: {
    longpoll: {
      path: '/events',
      cursor: {send: {query: 'since'}, receive: {body: '/cursor'}},
      events: {pointer: '/events', payload: '/data'},
      wait: {query: 'wait', max: '100ms'},
    },
  },
  sse: {sse: {path: '/stream'}},
  ws: {ws: {echo: '/echo'}},
  webhook: {
    webhook: {
      register: {path: '/hooks', body: {url: '{receiver}'}},
      retry: {delays: ['50ms']},
      timeout: '100ms',
    },
  },
}

/** A few checks of each mechanism, of more than one behaviour where there are more. */
const tried: Readonly<Record<Mechanism, string>> = {
  poll: 'poll.cursor.*,poll.empty.*',
  longpoll: 'longpoll.cursor.*,longpoll.hold.*',
  sse: 'sse.start.*,sse.resume.exact',
  ws: 'ws.handshake.accept-key,ws.frame.mask-required,ws.close.echo',
  webhook: 'webhook.delivery.*,webhook.redirect.*',
}

/** The peak resident size in KiB, told at the exit of the process that runs the suite. */
const telling = `data:text/javascript,${encodeURIComponent(
  "import {writeSync} from 'node:fs'; process.on('exit', () => writeSync(2, `\\npeak ${process.resourceUsage().maxRSS}\\n`))",
)}`

interface Ended {
  readonly code: number | null
  readonly err: string
  readonly report: Report
  readonly pids: readonly number[]
}

async function runAgainst(mode: Mode, mechanism: Mechanism): Promise<Ended> {
  const folder = await mkdtemp(join(tmpdir(), 'pushspec-hostile-'))
  const pids = join(folder, 'pids')
  const limitsMs = Object.fromEntries(
    ['connect', 'head', 'answer', 'deliver', 'publish', 'handshake', 'fail', 'close', 'pong'].map(
      (name) => [`${name}Ms`, 200],
    ),
  )
  const described = {
    name: mode,
    start: {command: ['node', server, mode, '{port}'], env: {PIDS: pids}},
    publish: {path: '/publish/{channel}'},
    ...endpoints[mechanism],
    claims: {resume: {events: 10}, ordering: 'total', delivery: 'at-least-once'},
    limits: {...limitsMs, tcpCloseMs: 200},
  }
  await writeFile(join(folder, 'pushspec.config.json'), JSON.stringify(described))
  const args = [
    '--import',
    telling,
    main,
    'run',
    '--verbose',
    '--runs',
    '2',
    '--only',
    tried[mechanism],
  ]
  const child = spawn(process.execPath, args, {cwd: folder, stdio: ['ignore', 'ignore', 'pipe']})
  const killer = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
  let err = ''
  child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(killer)
  const report = await readFile(join(folder, '.pushspec', 'report.json'), 'utf8')
  const seen = (await readFile(pids, 'utf8')).trim().split('\n').map(Number)
  await rm(folder, {recursive: true})
  return {code, err, report: JSON.parse(report) as Report, pids: seen}
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** What a report says of each mode. */
const words: Readonly<Record<Mode, RegExp>> = {
  'never-answers':
    /it did not answer within 200 ms|registering an endpoint: no answer within 600 ms/,
  drips:
    /it did not answer within|what it sends is no HTTP response|no handshake put|registering an endpoint: no answer within 600 ms/,
  'streams-without-end':
    /is answered 200 without an end|none within|nothing for|no client came back|no connection put|registering an endpoint: no answer within 600 ms/,
  floods:
    /is answered 200 without an end|no chain of|no client came back|no connection put|registering an endpoint: an answer above/,
  garbage: /what it sends is no HTTP response|no handshake put|registering an endpoint: .*HTTP/,
  resets: /it resets the connection without a response|registering an endpoint: .*ECONNRESET/,
  'says-500': /status 500|answered 500 with an empty body|is answered 500/,
  exits: /it ended with code 7/,
}

const cells = (Object.keys(modes) as Mode[]).flatMap((mode) =>
  mechanisms.map((mechanism) => [mode, mechanism] as const),
)

describe.concurrent('a server that is hostile', () => {
  test.each(cells)('%s under %s', {timeout: 2 * deadlineMs}, async (mode, mechanism) => {
    const {code, err, report, pids} = await runAgainst(mode, mechanism)
    const {verdict, exitCode, checks} = report
    expect(code).toBe(exitCode)
    expect([1, 3, 5]).toContain(code)
    expect(verdict).not.toBe('pass')
    expect(Number(/^peak (\d+)$/m.exec(err)?.[1])).toBeLessThan(mostKib)
    expect(pids.filter(isAlive)).toEqual([])
    const claimed = checks.filter((check) => check.verdict !== 'not-claimed')
    const sentences = claimed
      .filter((check) => check.verdict !== 'pass')
      .map(({because, failures}) => because ?? failures.map(({saw}) => saw).join('; '))
    expect(sentences).not.toEqual([])
    expect(sentences).not.toContain('')
    expect(sentences.join('; ')).toMatch(words[mode])
  })
})
