/** An empty folder elsewhere into which the packed tarball is installed, as a user would. */
import {execFile} from 'node:child_process'
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {packageRoot} from '../package.ts'

/** How a program ended and what it wrote. */
export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a program in a folder to its end. */
export async function runIn(
  folder: string,
  program: string,
  ...args: readonly string[]
): Promise<Ended> {
  const {PATH = '', HOME = ''} = process.env
  const options = {cwd: folder, env: {...npmSettings(), PATH, HOME}, maxBuffer: 64 * 2 ** 20}
  return await new Promise((resolve) => {
    execFile(program, [...args], options, (error, out, err) => {
      const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0
      resolve({code, out, err})
    })
  })
}

/** Where npm finds packages; nothing else of the environment counts. */
function npmSettings(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name, value]) =>
      /^(npm_config_(registry|userconfig|globalconfig|cache)|(https?|no)_proxy)$/i.test(name) &&
      value,
  )
  return Object.fromEntries(entries) as Record<string, string>
}

/** A user's folder with pushspec and vitest installed from the tarball and the registry. */
export interface Consumer {
  readonly folder: string
  /** Paths in the tarball, below `package/`. */
  readonly packed: readonly string[]
  write(name: string, text: string): Promise<void>
  read(name: string): Promise<string>
  run(program: string, ...args: readonly string[]): Promise<Ended>
  remove(): Promise<void>
}

/** Packs this package and installs it in an empty folder; packages may run no script. Throws with npm's words when that fails. */
export async function consumer(): Promise<Consumer> {
  const folder = await mkdtemp(join(tmpdir(), 'pushspec-packed-'))
  const packing = await runIn(packageRoot, 'npm', 'pack', '--json', '--pack-destination', folder)
  if (packing.code !== 0) throw new Error(`npm pack: ${packing.err}`)
  const [tarball] = JSON.parse(packing.out) as {filename: string; files: {path: string}[]}[]
  const user = join(folder, 'user')
  await mkdir(user)
  await writeFile(join(user, 'package.json'), '{"name": "user", "private": true, "type": "module"}')
  const {devDependencies} = JSON.parse(
    await readFile(join(packageRoot, 'package.json'), 'utf8'),
  ) as {devDependencies: Record<string, string>}
  const wanted = [join(folder, tarball!.filename), `vitest@${devDependencies['vitest']}`]
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']
  const installing = await runIn(user, 'npm', 'install', ...flags, ...wanted)
  if (installing.code !== 0) throw new Error(`npm install: ${installing.err}`)
  return {
    folder: user,
    packed: tarball!.files.map(({path}) => path),
    async write(name, text) {
      await mkdir(dirname(join(user, name)), {recursive: true})
      await writeFile(join(user, name), text)
    },
    read: async (name) => await readFile(join(user, name), 'utf8'),
    run: async (program, ...args) => await runIn(user, program, ...args),
    remove: async () => {
      await rm(folder, {recursive: true, force: true})
    },
  }
}
