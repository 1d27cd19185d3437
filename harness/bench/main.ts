/** `npm run bench`: the figures that the design promises, beside their limits. A benchmark, not a timed test: it always ends with 0 when it could measure. */
import {availableParallelism} from 'node:os'
import {casesPerSecond, connectionsPerSecond, openArena} from './cases.ts'
import {medianOf, table, type Figure} from './figure.ts'
import {shrinkingMs} from './shrinking.ts'
import {startingEffort} from './starting.ts'

const turns = 3

async function playing(): Promise<Figure[]> {
  const {arena, port} = await openArena()
  try {
    // The first cases warm both processes up.
    await casesPerSecond(arena, 'at-once', 300, 0)
    const bare = await medianOf(turns, () => connectionsPerSecond(port, 3000))
    let seed = 1
    const atOnce = await medianOf(turns, () => casesPerSecond(arena, 'at-once', 1500, seed++))
    const quiet = await medianOf(turns, () => casesPerSecond(arena, 'quiet', 1500, seed++))
    return [
      {
        what: 'judged WebSocket cases against the ws library',
        measured: `${Math.round(atOnce)}/s (bare connect and close: ${Math.round(bare)}/s)`,
        limit: 'at least 1000/s',
        ok: atOnce >= 1000,
      },
      {
        what: 'judged cases with 50 ms of quiet',
        measured: `${Math.round(quiet)}/s`,
        limit: 'at least 800/s',
        ok: quiet >= 800,
      },
    ]
  } finally {
    await arena.stop()
  }
}

async function shrinking(): Promise<Figure> {
  const ms = await medianOf(turns, shrinkingMs)
  return {
    what: 'shrinking 20 steps, 100 ms per play',
    measured: `${(ms / 1000).toFixed(2)} s`,
    limit: 'at most 3 s',
    ok: ms <= 3000,
  }
}

async function starting(): Promise<Figure> {
  const {wallMs, peakMib, togetherMib = 0, exitCode} = await startingEffort()
  const memory =
    peakMib === undefined
      ? 'memory unknown'
      : `${Math.round(peakMib)} MiB (${Math.round(togetherMib)} MiB with its servers)`
  return {
    what: 'npm start, without the build',
    measured: `${(wallMs / 1000).toFixed(1)} s, ${memory}, exit code ${exitCode}`,
    limit: 'at most 15 s, 300 MiB, exit code 0',
    ok: wallMs <= 15_000 && (peakMib ?? 0) <= 300 && exitCode === 0,
  }
}

const figures = [await starting(), ...(await playing()), await shrinking()]
process.stdout.write(`${availableParallelism()} cores, Node ${process.version}\n`)
process.stdout.write(`${table(figures)}\n`)
