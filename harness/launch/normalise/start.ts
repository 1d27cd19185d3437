import {Mistake} from '../../mistake.ts'
import type {GivenStart} from '../schema/start.ts'
import {slashed} from './request.ts'

/** When a target counts as ready: a request below 500, an open port, or a line of its log. */
export interface Ready {
  readonly probe: {readonly http: string} | {readonly tcp: true} | {readonly log: string}
  readonly timeoutMs: number
}

/** A target that runs already: base URLs, one per node. */
export interface StartByUrl {
  readonly by: 'url'
  readonly origins: readonly string[]
  readonly ready: Ready
}

/** A target that is a program; `{port}`, `{dir}` and `{receivers}` are filled in at each launch. */
export interface StartByCommand {
  readonly by: 'command'
  readonly command: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  /** Where it will listen; may hold `{port}`. */
  readonly origins: readonly string[]
  readonly ready: Ready
  /** The port is chosen at each launch, so several instances can run at a time. */
  readonly several: boolean
}

export type Start = StartByUrl | StartByCommand

/** How long a program may take to be ready, and how long a running target is waited for. */
const programReadyMs = 15_000
const urlReadyMs = 2000

/**
 * How the target comes up: by default it listens on a port of our choice and is ready when that is
 * open.
 */
export function startOf(given: GivenStart): Start {
  const origins = (typeof given.url === 'string' ? [given.url] : (given.url ?? [])).map(originOf)
  const ready = readyOf(given.ready, given.command ? programReadyMs : urlReadyMs)
  if (!given.command) {
    const open = origins.find((origin) => origin.includes('{port}'))
    if (open) throw new Mistake('start.url: {port} is chosen for a command only; write the port', 2)
    if ('log' in ready.probe) throw new Mistake('start.ready.log: only a command has a log', 2)
    return {by: 'url', origins, ready}
  }
  const [program, ...rest] = given.command
  const env = given.env ?? {}
  const several = [...given.command, ...Object.values(env)].some((part) => part.includes('{port}'))
  if (!several && origins.length === 0) {
    throw new Mistake(
      'start.command: {port} stands nowhere in it or in env; write {port} where its port goes, or say in start.url where it listens',
      2,
    )
  }
  return {
    by: 'command',
    command: [program!, ...rest],
    env,
    origins: origins.length > 0 ? origins : ['http://127.0.0.1:{port}'],
    ready,
    several,
  }
}

/** A target in one line, for reports. */
export function describeStart(start: Start): string {
  return start.by === 'url' ? start.origins.join(', ') : start.command.join(' ')
}

/** The base URL of a ws or http URL: `http:` or `https:`, host and port, no slash at the end. */
export function originOf(url: string): string {
  return url.replace(/\/$/, '').replace(/^ws/i, 'http')
}

function readyOf(given: GivenStart['ready'], usualMs: number): Ready {
  const timeoutMs = given?.timeout ?? usualMs
  if (given?.http !== undefined) return {probe: {http: slashed(given.http)}, timeoutMs}
  if (given?.log !== undefined) return {probe: {log: given.log}, timeoutMs}
  return {probe: {tcp: true}, timeoutMs}
}
