import {load, type LoadedTarget} from '../launch/load.ts'
import {shellWord} from '../reporters/failure.ts'

/** The flags that say which target is meant. */
export interface TargetFlags {
  readonly target?: string
  readonly header?: Readonly<Record<string, string>>
  readonly allowRemote?: true
}

/** The target of a command line: URL, --target, the description in this folder, or the embedded server. Throws Mistakes. */
export async function targetOf(url: string | undefined, flags: TargetFlags): Promise<LoadedTarget> {
  return await load({
    cwd: process.cwd(),
    env: process.env,
    ...(url !== undefined && {url}),
    ...(flags.target !== undefined && {target: flags.target}),
    ...(flags.header && {headers: flags.header}),
    ...(flags.allowRemote && {allowRemote: true}),
  })
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
