import fc from 'fast-check'
import {once} from 'node:events'
import {connect} from 'node:net'
import {dirname} from 'node:path'
import {fileURLToPath} from 'node:url'
import type {Behaviour} from '../behaviour.ts'
import {Arena} from '../engine/arena.ts'
import {Playing} from '../engine/playing.ts'
import type {Plan} from '../engine/select.ts'
import {openSource} from '../engine/source.ts'
import type {Invariant} from '../invariant.ts'
import type {LoadedTarget} from '../launch/load.ts'
import {normalise} from '../launch/normalise.ts'
import {wsRule} from '../models/ws/verdict.ts'
import type {Script, Step} from '../script/script.ts'

/** Working slots, as `pushspec run` has them by default. */
const jobs = 32

/** The `ws` library's server as a target; its silence counts after 50 ms. */
export function echoTarget(): LoadedTarget {
  const folder = dirname(fileURLToPath(import.meta.url))
  const described = {
    name: 'ws-library',
    start: {command: ['node', './echo.js', '{port}']},
    ws: {echo: '/'},
    // Politeness is not what is measured.
    limits: {quietMs: 50, maxConnections: 1000, maxRate: 1_000_000},
  }
  return {...normalise(described, {}), source: 'bench', folder}
}

/** Two to eight frames, the closing handshake, and the end; in aim `quiet` after a window of silence. */
const converses: Behaviour = {
  name: 'bench.converses',
  aims: ['at-once', 'quiet'],
  script(_, aim) {
    const frame = fc.oneof(
      fc.record({opcode: fc.constant(1), payload: fc.record({text: fc.string({maxLength: 200})})}),
      fc.record({opcode: fc.constant(9), payload: fc.record({text: fc.string({maxLength: 20})})}),
    )
    const frames = fc.array(frame, {minLength: 2, maxLength: 8, size: 'max'})
    return frames.map((frames): Script => [
      {do: 'open', client: 'a', via: 'ws', route: 'echo'},
      ...frames.map((frame): Step => ({do: 'send', client: 'a', frames: [frame]})),
      ...(aim === 'quiet' ? [{do: 'settle' as const}] : [{do: 'fence' as const, client: 'a'}]),
      {do: 'close', client: 'a', code: 1000},
      {do: 'await-end', client: 'a'},
    ])
  },
}

/** The judges that such a conversation puts to the test. */
const judges = (['echo-order', 'pong-payload', 'server-output', 'close-echo'] as const).map(
  (rule): Invariant => ({
    id: `ws.bench.${rule}`,
    level: 'MUST',
    claim: rule,
    cites: [{source: 'RFC 6455'}],
    needs: [],
    behaviour: converses,
    aim: converses.aims,
    cover: {},
    judge: wsRule(rule),
    mutants: [{name: 'none', bug: 'none', kind: 'none', policy: {}}],
  }),
)

/** Cases per second that are played and judged without a finding. Throws when one is broken or none is held. */
export async function casesPerSecond(
  arena: Arena,
  aim: 'at-once' | 'quiet',
  runs: number,
  seed: number,
): Promise<number> {
  const plan: Plan = {behaviour: converses, invariants: judges, aims: [aim]}
  const signal = new AbortController().signal
  const options = {seed, runs, floors: false, jobs, signal, enough: Infinity, hopeless: Infinity}
  const playing = new Playing(arena, [plan], options)
  const start = performance.now()
  await playing.all()
  const perSecond = (playing.cases * 1000) / (performance.now() - start)
  for (const {invariant, held, first} of playing.tallies.values()) {
    const broken = [...first.values()][0]
    if (broken) throw new Error(`${invariant.id}: ${broken.verdict.saw}`)
    if (held === 0) throw new Error(`${invariant.id} was never held`)
  }
  return perSecond
}

/** An arena with that target, up and running, and the port on which the target listens. */
export async function openArena(): Promise<{arena: Arena; port: number}> {
  const source = openSource(echoTarget())
  let port = 0
  const arena = new Arena(
    {
      target: source.target,
      open: async () => {
        const instance = await source.open()
        port = Number(new URL(instance.service.origins[0]!).port)
        return instance
      },
    },
    'bench',
    new AbortController().signal,
  )
  await arena.start()
  return {arena, port}
}

/** TCP connections per second that are made and ended, as many at a time as there are slots: what no case can be faster than. */
export async function connectionsPerSecond(port: number, count: number): Promise<number> {
  let left = count
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      socket.end()
      socket.resume()
      await once(socket, 'close')
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({length: jobs}, worker))
  return (count * 1000) / (performance.now() - start)
}
