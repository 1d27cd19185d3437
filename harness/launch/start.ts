import {Mistake} from '../mistake.ts'
import type {LoadedTarget} from './load.ts'
import {refuseRemote} from './loopback.ts'
import {holds} from './placeholders.ts'
import {startProgram} from './program.ts'
import type {Exit} from './process-group.ts'
import {awaitReady, describeReady} from './ready.ts'

export type {Exit} from './process-group.ts'

export interface LaunchOptions {
  /** Where the folder `{dir}` is made, default the system's folder for temporary files. */
  readonly dirBase?: string
  /** URLs of static webhook receivers, for `{receivers}`. */
  readonly receiverUrls?: readonly string[]
  /** What the program writes, as it comes, without secrets. */
  readonly onLog?: (text: string) => void
  /** Ends the wait for readiness; `launch` then rejects with its reason. */
  readonly signal?: AbortSignal
  readonly allowRemote?: boolean
}

/** A target that is up. */
export interface Launched {
  /** Base URLs without a trailing slash, one per node. */
  readonly origins: readonly string[]
  /** Sent with every request; secrets are filled in. */
  readonly headers: Readonly<Record<string, string>>
  /**
   * Ends the program with all that it started and removes its folder; never throws for one that
   * ended already.
   */
  stop(): Promise<void>
  /**
   * Stops it by the signal, waits `downMs`, starts it on the same port and folder; absent where it
   * was not started here.
   */
  readonly restart?: (signal: 'SIGKILL' | 'SIGTERM', downMs: number) => Promise<void>
  /**
   * How the program ended when nobody asked it to; pending until then. After a restart it is a new
   * promise.
   */
  readonly died: Promise<Exit>
  /** The last 4 KiB of its stdout and stderr, without secrets. */
  log(): string
  /** Process id of the program, which also leads its process group. */
  readonly pid?: number | undefined
}

/**
 * Brings a target up, or reaches the one that runs already, and waits until it is ready.
 * Throws a Mistake: exit 2 for a program that does not exist or a host that is not this machine, 3
 * when it never gets ready.
 */
export async function launch(loaded: LoadedTarget, options: LaunchOptions = {}): Promise<Launched> {
  const {start, source, headers} = loaded
  if (!options.allowRemote) {
    await refuseRemote(start.origins).catch((error: unknown) => {
      throw error instanceof Mistake ? new Mistake(`${source}: ${error.message}`, 2) : error
    })
  }
  if (start.by === 'command') {
    if (options.receiverUrls === undefined && holds([start.command, start.env], '{receivers}')) {
      throw new Mistake(`${source}: start.command: {receivers} needs webhook.slots`, 2)
    }
    return await startProgram({...loaded, start}, options)
  }
  const {origins, ready} = start
  const signal = options.signal ?? new AbortController().signal
  const waiting = {origins, ready, output: () => '', over: () => false, signal}
  const ended = await awaitReady(waiting)
  signal.throwIfAborted()
  if (ended !== 'ready') {
    throw new Mistake(
      `${source}: ${origins.join(', ')} cannot be reached: waited ${ready.timeoutMs} ms for ${describeReady(ready)}`,
      3,
    )
  }
  return {origins, headers, stop: async () => {}, died: new Promise(() => {}), log: () => ''}
}
