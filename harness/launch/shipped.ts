import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {basename, dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {Mistake} from '../mistake.ts'
import {extensions} from './read.ts'

/** The description in a folder, if there is one. Throws a Mistake (exit 2) where there are several. */
export function descriptionIn(folder: string): string | undefined {
  const [file, ...others] = extensions
    .map((extension) => join(folder, `pushspec.config${extension}`))
    .filter((path) => existsSync(path))
  if (file === undefined || others.length === 0) return file
  const names = [file, ...others].map((path) => basename(path)).join(', ')
  throw new Mistake(`several descriptions in one folder: ${names}; say which by --target`, 2)
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
