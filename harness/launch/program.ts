import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {isAbsolute, join, resolve} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {Mistake} from '../mistake.ts'
import {atExit} from './at-exit.ts'
import type {LoadedTarget} from './load.ts'
import type {StartByCommand} from './normalise/start.ts'
import {accepts, freePort, returnPort} from './ports.ts'
import {ProcessGroup, type Exit} from './process-group.ts'
import {awaitReady, describeReady} from './ready.ts'
import {redact} from './redact.ts'
import type {LaunchOptions, Launched} from './start.ts'

type ByCommand = LoadedTarget & {readonly start: StartByCommand}

/** How much of the output is kept for the probe and for the report, in characters. */
const keptForProbe = 65_536
const keptForReport = 4096
const linesInMistake = 10

/** A chosen port may be taken before the program listens on it; then another is tried. */
const portTries = 3
const portTaken = /EADDRINUSE|address already in use/i

/**
 * Starts a program by its description and waits until it is ready. Throws a Mistake as `launch`
 * does.
 */
export async function startProgram(loaded: ByCommand, options: LaunchOptions): Promise<Launched> {
  const {start, source} = loaded
  for (let tries = 1; ; tries++) {
    if (!start.several) await refuseTaken(source, start.origins)
    const program = new Program(loaded, options, start.several ? await freePort() : undefined)
    try {
      await program.begin()
      return program
    } catch (error) {
      const again = start.several && tries < portTries && portTaken.test(program.log())
      await program.stop()
      if (!again || options.signal?.aborted) throw error
    }
  }
}

/** Throws a Mistake (exit 3) when something else listens already where the program is to listen. */
async function refuseTaken(source: string, origins: readonly string[]): Promise<void> {
  for (const origin of origins) {
    if (!(await accepts(origin, 1000))) continue
    throw new Mistake(
      `${source}: start.url: ${origin} is taken already, by something that was not started here`,
      3,
    )
  }
}

/** A program that runs as a target, with its port and folder. */
class Program implements Launched {
  readonly origins: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly #loaded: ByCommand
  readonly #options: LaunchOptions
  readonly #folder: string
  readonly #forgetFolder: () => void
  readonly #port: number | undefined
  readonly #stopping = new AbortController()
  #group: ProcessGroup | undefined
  #died: Promise<Exit> = new Promise(() => {})
  #output = ''
  #turn: Promise<void> = Promise.resolve()

  constructor(loaded: ByCommand, options: LaunchOptions, port: number | undefined) {
    this.#loaded = loaded
    this.#options = options
    this.#port = port
    this.headers = loaded.headers
    this.#folder = mkdtempSync(join(options.dirBase ?? tmpdir(), 'pushspec-'))
    this.#forgetFolder = atExit(() => this.#removeFolder())
    this.origins = loaded.start.origins.map((origin) => this.#fill(origin))
  }

  get died(): Promise<Exit> {
    return this.#died
  }

  get pid(): number | undefined {
    return this.#group?.pid
  }

  log(): string {
    return redact(this.#output, this.#loaded.secrets).slice(-keptForReport)
  }

  /** Spawns it and waits until it is ready. */
  async begin(): Promise<void> {
    const {start, source} = this.#loaded
    this.#output = ''
    const group = this.#spawn()
    const {signal} = this.#options
    const ended = await awaitReady({
      origins: this.origins,
      ready: start.ready,
      output: () => this.#output,
      over: () => group.over,
      signal: signal ? AbortSignal.any([signal, this.#stopping.signal]) : this.#stopping.signal,
    })
    if (ended === 'ready') return this.#watch(group)
    const exit = ended === 'over' ? await group.exited : undefined
    await group.end('SIGTERM')
    if (ended === 'aborted') throw signal?.reason ?? this.#stopping.signal.reason
    throw this.#mistake(source, group, exit)
  }

  stop = async (): Promise<void> => {
    this.#stopping.abort(new Error('the target was stopped'))
    await this.#next(async () => {
      await this.#end('SIGTERM')
      this.#forgetFolder()
      this.#removeFolder()
      if (this.#port !== undefined) returnPort(this.#port)
    })
  }

  #removeFolder(): void {
    rmSync(this.#folder, {recursive: true, force: true, maxRetries: 3})
  }

  restart = async (signal: 'SIGKILL' | 'SIGTERM', downMs: number): Promise<void> => {
    await this.#next(async () => {
      this.#stopping.signal.throwIfAborted()
      await this.#end(signal)
      await sleep(downMs)
      this.#stopping.signal.throwIfAborted()
      await this.begin()
    })
  }

  /** Lets stops and restarts follow one another. */
  async #next(act: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(act)
    this.#turn = mine.catch(() => {}) // whoever asked for it is told by `mine`
    await mine
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const group = this.#group
    this.#group = undefined
    this.#died = new Promise(() => {})
    await group?.end(signal)
  }

  #spawn(): ProcessGroup {
    const {start, folder, secrets} = this.#loaded
    const [program, ...args] = start.command
    const env = Object.entries(start.env).map(([name, value]) => [name, this.#fill(value)])
    const group = new ProcessGroup({
      command: [programPath(this.#fill(program), folder), ...args.map((arg) => this.#fill(arg))],
      cwd: folder,
      env: {...process.env, ...Object.fromEntries(env)},
      onOutput: (text) => {
        this.#output = (this.#output + text).slice(-keptForProbe)
        this.#options.onLog?.(redact(text, secrets))
      },
    })
    this.#group = group
    return group
  }

  /**
   * From now on its end is a death, unless it is asked for; what a dead leader leaves behind is
   * ended too.
   */
  #watch(group: ProcessGroup): void {
    this.#died = new Promise((resolve) => {
      void group.exited.then(async (exit) => {
        if (this.#group !== group) return
        await group.end('SIGKILL')
        resolve(exit)
      })
    })
  }

  #fill(text: string): string {
    return text
      .replaceAll('{port}', String(this.#port))
      .replaceAll('{dir}', this.#folder)
      .replaceAll('{receivers}', (this.#options.receiverUrls ?? []).join(','))
  }

  #mistake(source: string, group: ProcessGroup, exit: Exit | undefined): Mistake {
    const {start} = this.#loaded
    if (group.failure) {
      const {code} = group.failure
      const why = code === 'ENOENT' ? 'no such program' : `cannot be started (${code})`
      return new Mistake(`${source}: start.command: ${start.command[0]}: ${why}`, 2)
    }
    const how = exit?.signal ? `by ${exit.signal}` : `with code ${exit?.code}`
    const what = exit
      ? `start.command: ended ${how} before it was ready`
      : `start.ready: not ready after ${start.ready.timeoutMs} ms; waited for ${describeReady(start.ready)}`
    return new Mistake(`${source}: ${what}; ${lastLines(this.log())}`, 3)
  }
}

/** `node` is the one that runs pushspec; a relative path is seen from the description's folder. */
function programPath(program: string, folder: string): string {
  if (program === 'node') return process.execPath
  return program.includes('/') && !isAbsolute(program) ? resolve(folder, program) : program
}

function lastLines(log: string): string {
  const lines = log.trimEnd().split('\n').slice(-linesInMistake)
  if (lines.join('') === '') return 'it wrote nothing'
  return `its last lines were:\n${lines.map((line) => `  ${line}`).join('\n')}`
}
