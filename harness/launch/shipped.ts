import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'

/** The names that a description may have in a folder, in order of preference. */
export const descriptionFiles: readonly string[] = ['ts', 'js', 'mjs', 'json', 'yaml'].map(
  (extension) => `pushspec.config.${extension}`,
)

/** The description in a folder, if there is one. */
export function descriptionIn(folder: string): string | undefined {
  return descriptionFiles.map((name) => join(folder, name)).find((file) => existsSync(file))
}

/** The root of this package, whether its sources run or what was built from them. */
export function packageRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url))
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (!existsSync(file)) continue
    const {name} = JSON.parse(readFileSync(file, 'utf8')) as {name?: string}
    if (name === 'pushspec') return folder
  }
  throw new Error(`no package.json of pushspec above ${start}`)
}

/** The descriptions that ship with pushspec, by name, as paths. */
export function shippedTargets(): ReadonlyMap<string, string> {
  const folder = join(packageRoot(), 'fixtures', 'targets')
  const found = new Map<string, string>()
  if (!existsSync(folder)) return found
  for (const name of readdirSync(folder).toSorted()) {
    const file = descriptionIn(join(folder, name))
    if (file) found.set(name, file)
  }
  return found
}
