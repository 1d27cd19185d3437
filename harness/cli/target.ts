import {existsSync} from 'node:fs'
import {extname} from 'node:path'
import {load, type LoadedTarget} from '../launch/load.ts'
import {extensions} from '../launch/read.ts'
import {descriptionIn} from '../launch/shipped.ts'
import {Mistake} from '../mistake.ts'
import {exitCodes} from '../report.ts'
import {shellWord} from '../reporters/failure.ts'
import type {Streams} from './streams.ts'

/** The flags that say which target is meant. */
export interface TargetFlags {
  readonly target?: string
  readonly header?: Readonly<Record<string, string>>
  readonly allowRemote?: true
}

/**
 * The target of a command line: URL, --target, the description in this folder, or the embedded
 * server. That the embedded one stands in is told: its good result is not that of the user's server.
 * Throws Mistakes.
 */
export async function targetOf(
  url: string | undefined,
  flags: TargetFlags,
  streams: Pick<Streams, 'err'>,
): Promise<LoadedTarget> {
  if (url !== undefined) refuseFile(url)
  const cwd = process.cwd()
  if (url === undefined && flags.target === undefined && descriptionIn(cwd) === undefined)
    streams.err('pushspec: no description in this folder: trying the embedded reference server\n')
  return await load({
    cwd,
    env: process.env,
    ...(url !== undefined && {url}),
    ...(flags.target !== undefined && {target: flags.target}),
    ...(flags.header && {headers: flags.header}),
    ...(flags.allowRemote && {allowRemote: true}),
  })
}

/** Throws a Mistake on a description that stands where the URL does. */
function refuseFile(url: string): void {
  if (/^(https?|wss?):/i.test(url)) return
  if (!existsSync(url) && !extensions.includes(extname(url))) return
  const hint = `did you mean --target ${shellWord(url)}?`
  throw new Mistake(`${url}: is no URL; ${hint}`, exitCodes.usage)
}

/** The words that give `replay` the same target; values of --header may be secrets and are left to the user. */
export function flagsOf(url: string | undefined, flags: TargetFlags): string {
  return [
    ...(url === undefined ? [] : [shellWord(url)]),
    ...(flags.target === undefined ? [] : [`--target ${shellWord(flags.target)}`]),
    ...Object.keys(flags.header ?? {}).map((name) => `--header ${shellWord(`${name}: …`)}`),
    ...(flags.allowRemote ? ['--allow-remote'] : []),
  ].join(' ')
}
