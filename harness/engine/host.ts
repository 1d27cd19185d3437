import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {load, type LoadedTarget} from '../launch/load.ts'
import {packageRoot} from '../package.ts'
import type {Target} from '../target.ts'
import type {Source} from './arena.ts'

/** A policy of the reference server by the module that it stands in. */
export interface PolicyRef {
  readonly key: string
  /** Path of the fixture's compiled module, and `#name` of the mutant in it. */
  readonly mutant?: string
  readonly variant?: string
}

/** The description of the embedded reference server. */
export async function loadReference(): Promise<LoadedTarget> {
  return await load({target: 'reference', cwd: packageRoot, env: process.env})
}

/** The compiled module of a fixture: the server runs what was built, also when the tests run sources. */
export function compiled(file: string): string {
  const dist = join(packageRoot, 'dist')
  if (file.startsWith(dist)) return file
  return file.replace(packageRoot, dist).replace(/\.ts$/, '.js')
}

/** The reference with one mutant or variant in a process of its own, so that scripts may restart it. */
export function withPolicy(reference: LoadedTarget, policy: PolicyRef): LoadedTarget {
  const {start} = reference
  if (start.by !== 'command') return reference
  const flags = policy.mutant ? ['--mutant', policy.mutant] : ['--variant', policy.variant ?? '']
  return {...reference, start: {...start, command: [...start.command, ...flags]}}
}

/** Many policies of the reference in one process, one port each. */
export class Host {
  readonly #ports: ReadonlyMap<string, number>
  readonly #stop: () => Promise<void>
  readonly #died: Promise<{code?: number; signal?: string}>

  constructor(
    ports: ReadonlyMap<string, number>,
    died: Promise<{code?: number; signal?: string}>,
    stop: () => Promise<void>,
  ) {
    this.#ports = ports
    this.#died = died
    this.#stop = stop
  }

  /** The listener of that key as a target; it cannot be restarted. */
  source(key: string, target: Target): Source {
    const port = this.#ports.get(key)
    if (port === undefined) throw new RangeError(`the host has no listener ${key}`)
    const hosted = {...target, restartable: false}
    return {
      target: hosted,
      open: async () => ({
        service: {
          target: hosted,
          origins: [`http://127.0.0.1:${port}`],
          headers: {},
          hooks: {},
        },
        died: this.#died,
        log: () => '',
        stop: async () => {},
      }),
    }
  }

  async stop(): Promise<void> {
    await this.#stop()
  }
}

/** Starts a host with a listener for each policy. Throws when the process does not come up. */
export async function openHost(
  reference: LoadedTarget,
  policies: readonly PolicyRef[],
): Promise<Host> {
  const {start, folder} = reference
  if (start.by !== 'command') throw new TypeError('the reference is started by a command')
  const command = start.command.filter((word, index, all) => {
    const flags = ['--port', '--data']
    return !flags.includes(word) && !flags.includes(all[index - 1] ?? '')
  })
  const child = spawn(process.execPath, [...command.slice(1), '--host'], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (data: Buffer) => {
    log = (log + data.toString()).slice(-4096)
  })
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  child.stdin.on('error', () => {})
  child.stdin.write(`${JSON.stringify(policies)}\n`)
  const line = await Promise.race([
    once(createInterface({input: child.stdout}), 'line').then(([text]) => String(text)),
    exited.then(() => undefined),
  ])
  if (line === undefined) throw new Error(`the reference host did not come up:\n${log}`)
  const {listening} = JSON.parse(line) as {listening: Record<string, number>}
  const died = exited.then(([code, signal]) => ({
    ...(code !== null && {code}),
    ...(signal !== null && {signal}),
  }))
  return new Host(new Map(Object.entries(listening)), died, async () => {
    child.stdin.end()
    child.kill('SIGTERM')
    await exited
  })
}
