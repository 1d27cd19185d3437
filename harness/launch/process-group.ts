import {spawn, type ChildProcess} from 'node:child_process'
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {setTimeout as sleep} from 'node:timers/promises'
import {atExit} from './at-exit.ts'

/** How a process ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface SpawnOptions {
  readonly command: readonly [string, ...string[]]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** What it writes to stdout and stderr, as it comes. */
  readonly onOutput: (text: string) => void
}

/** Time between the asking signal and SIGKILL, and to wait for what was killed, in ms. */
const graceMs = 2000
const lookMs = 20

/**
 * A process and all that it spawns: it leads a process group of its own, which is ended as a
 * whole.
 */
export class ProcessGroup {
  readonly #child: ChildProcess
  /** Ends when the leading process does, or could not be spawned. */
  readonly exited: Promise<Exit>
  /** Why it could not be spawned. */
  failure: NodeJS.ErrnoException | undefined
  #ended = false
  #forget = (): void => {}

  constructor({command, cwd, env, onOutput}: SpawnOptions) {
    const [program, ...args] = command
    this.#child = spawn(program, args, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const {pid, stdout, stderr} = this.#child
    // The group is killed when this process ends.
    if (pid !== undefined) this.#forget = atExit(() => tell(pid, 'SIGKILL'))
    for (const stream of [stdout, stderr]) stream?.setEncoding('utf8').on('data', onOutput)
    this.exited = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.failure = error
        resolve({code: null, signal: null})
      })
      this.#child.once('exit', (code, signal) => resolve({code, signal}))
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Whether the leading process has ended. */
  get over(): boolean {
    const {pid, exitCode, signalCode} = this.#child
    return pid === undefined || exitCode !== null || signalCode !== null
  }

  /** Ends the whole group by the signal, and by SIGKILL what is still there two seconds later. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const {pid} = this.#child
    if (pid === undefined || this.#ended) return
    tell(pid, signal)
    if (!(await this.#gone(pid))) {
      tell(pid, 'SIGKILL')
      await this.#gone(pid)
    }
    this.#ended = true
    this.#forget()
    this.#child.stdout?.destroy()
    this.#child.stderr?.destroy()
  }

  async #gone(pid: number): Promise<boolean> {
    const deadline = performance.now() + graceMs
    // It must not keep our own process alive behind a program that is gone already.
    await Promise.race([this.exited, sleep(graceMs, undefined, {ref: false})])
    while (!this.over || populated(pid)) {
      if (performance.now() >= deadline) return false
      await sleep(lookMs)
    }
    return true
  }
}

/** Sends a signal to a whole group; true when there was a member to take it. */
function tell(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal)
  } catch (error) {
    // ESRCH: it is empty. EPERM: Darwin says so of zombies, and of others nothing can be done.
    if (['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

/** Whether a group has a member that runs. Zombies whose parent never collects them do not. */
function populated(pid: number): boolean {
  if (!tell(pid, 0)) return false
  if (!existsSync('/proc/self/stat')) return true
  return readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && runsIn(pid, entry))
}

/** Whether a process of /proc is a running member of the group: fields 3 and 5 of proc(5) stat. */
function runsIn(group: number, entry: string): boolean {
  let stat: string
  try {
    stat = readFileSync(`/proc/${entry}/stat`, 'latin1')
  } catch {
    return false // it ended between the listing and the reading
  }
  const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(pgrp) === group && state !== 'Z' && state !== 'X'
}
