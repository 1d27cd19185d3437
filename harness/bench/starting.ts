import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {packageRoot} from '../package.ts'

/** How often memory is looked at, in ms. */
const everyMs = 200

/** What a run of the suite took. */
export interface Effort {
  readonly wallMs: number
  /** The most that the suite's own process held, in MiB (proc(5), status: VmRSS); absent where the system has no /proc. */
  readonly peakMib?: number
  /** The most that it and the embedded servers held together, in MiB, what they share counted once (proc(5), smaps_rollup: Pss). */
  readonly togetherMib?: number
  readonly exitCode: number
}

/** Runs what `npm start` runs once built, and measures it from outside. */
export async function startingEffort(): Promise<Effort> {
  const out = await mkdtemp(join(tmpdir(), 'pushspec-bench-'))
  const main = join(packageRoot, 'dist', 'harness', 'cli', 'main.js')
  const args = [main, 'run', '--target', 'reference', '--profile', 'smoke', '--out', out]
  const start = performance.now()
  const child = spawn(process.execPath, args, {stdio: 'ignore'})
  const ended = once(child, 'exit') as Promise<[number | null]>
  const [alone, together] = [{mib: 0}, {mib: 0}]
  const look = async (): Promise<void> => {
    const all = await processes(child.pid!)
    alone.mib = Math.max(alone.mib, (await kibOf(child.pid!, 'status', 'VmRSS')) / 1024)
    const shares = await Promise.all(all.map((pid) => kibOf(pid, 'smaps_rollup', 'Pss')))
    together.mib = Math.max(together.mib, shares.reduce((sum, kib) => sum + kib, 0) / 1024)
  }
  const timer = setInterval(() => void look(), everyMs)
  try {
    const [exitCode] = await ended
    const wallMs = performance.now() - start
    const seen = alone.mib > 0 && {peakMib: alone.mib, togetherMib: together.mib}
    return {wallMs, exitCode: exitCode ?? -1, ...seen}
  } finally {
    clearInterval(timer)
    await rm(out, {recursive: true, force: true})
  }
}

/** A size of a process that may have ended meanwhile: then it holds nothing. */
async function kibOf(pid: number, file: string, field: string): Promise<number> {
  const text = await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0)
}

/** A process and all below it. */
async function processes(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => [])
  const below = await Promise.all(
    tasks.map(async (task) => {
      const path = `/proc/${pid}/task/${task}/children`
      const children = await readFile(path, 'utf8').catch(() => '')
      const pids = children.split(' ').filter(Boolean).map(Number)
      return (await Promise.all(pids.map(processes))).flat()
    }),
  )
  return [pid, ...below.flat()]
}
