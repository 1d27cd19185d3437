import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {packageRoot} from '../package.ts'

/** How often memory is looked at, in ms. */
const everyMs = 50

/** What a run of the suite took. */
export interface Effort {
  readonly wallMs: number
  /** The most that its processes held at a time, the embedded servers among them, in MiB; absent where the system has no /proc. */
  readonly peakMib?: number
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
  let peakKib = 0
  const timer = setInterval(() => {
    void residentKib(child.pid!).then((kib) => {
      peakKib = Math.max(peakKib, kib)
    })
  }, everyMs)
  try {
    const [exitCode] = await ended
    const wallMs = performance.now() - start
    return {wallMs, exitCode: exitCode ?? -1, ...(peakKib > 0 && {peakMib: peakKib / 1024})}
  } finally {
    clearInterval(timer)
    await rm(out, {recursive: true, force: true})
  }
}

/** The resident size of a process and of all below it, in KiB (proc(5), status: VmRSS). */
async function residentKib(pid: number): Promise<number> {
  // A process may end while it is looked at: then it holds nothing.
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const own = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => [])
  const below = await Promise.all(
    tasks.map(async (task) => {
      const path = `/proc/${pid}/task/${task}/children`
      const children = await readFile(path, 'utf8').catch(() => '')
      const pids = children.split(' ').filter(Boolean).map(Number)
      return (await Promise.all(pids.map(residentKib))).reduce((sum, kib) => sum + kib, 0)
    }),
  )
  return below.reduce((sum, kib) => sum + kib, own)
}
