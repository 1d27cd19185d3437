import {existsSync} from 'node:fs'
import {basename, dirname, extname, isAbsolute, relative, resolve} from 'node:path'
import {Mistake} from '../mistake.ts'
import {describeUrl, originOfUrl} from './from-url.ts'
import {refuseRemote} from './loopback.ts'
import {nearest} from './nearest.ts'
import {normalise, type Normalised} from './normalise.ts'
import {readDescription} from './read.ts'
import {descriptionIn, shippedTargets} from './shipped.ts'

/** A description that was found, read and checked. */
export interface LoadedTarget extends Normalised {
  /** The file or URL that it came from, as errors call it. */
  readonly source: string
  /** Commands run in this folder, and relative paths in them are resolved against it. */
  readonly folder: string
}

export interface LoadOptions {
  /** Flag --target: a file, or the name of a shipped description. */
  readonly target?: string
  /**
   * The URL on the command line: alone it is all that is known; with --target it says where that
   * target runs.
   */
  readonly url?: string
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Flag --header. */
  readonly headers?: Readonly<Record<string, string>>
  readonly allowRemote?: boolean
}

/** The description that is used when there is no other: that of the embedded server. */
const embedded = 'reference'

/**
 * Finds and checks the description: the URL alone, --target, `pushspec.config.*` in the folder, or
 * the embedded server.
 * Throws a Mistake of one line per problem: exit 2 for a bad or missing description, 3 for a URL
 * that
 * cannot be reached, 5 for one of which nothing can be tested.
 */
export async function load(options: LoadOptions): Promise<LoadedTarget> {
  const {target, url, cwd, env, headers = {}, allowRemote = false} = options
  if (url !== undefined && target === undefined) {
    return await fromUrl(url, {cwd, env, headers, allowRemote})
  }
  const file = fileOf(target, cwd)
  const source = shownFile(file, cwd)
  const raw = await readDescription(file, source)
  const moved = url === undefined ? raw : {...(raw as object), start: {url: originOfUrl(url)}}
  const loaded = checked(moved, source, env, headers)
  if (!allowRemote) await named(source, refuseRemote(loaded.start.origins))
  return {...loaded, source, folder: dirname(file)}
}

/** The target that a bare URL stands for; `cwd` is its folder. Throws like `load`. */
export async function fromUrl(
  url: string,
  options: Omit<LoadOptions, 'target' | 'url'>,
): Promise<LoadedTarget> {
  const {cwd, env, headers = {}, allowRemote = false} = options
  if (!allowRemote) await named(url, refuseRemote([originOfUrl(url)]))
  const raw = await describeUrl(url, headers)
  return {...checked(raw, url, env, headers), source: url, folder: cwd}
}

/**
 * The path of the description that a name or a file stands for; without one, that in the folder,
 * or the embedded server's.
 */
function fileOf(target: string | undefined, cwd: string): string {
  const shipped = shippedTargets()
  if (target === undefined) {
    const file = descriptionIn(cwd) ?? shipped.get(embedded)
    if (file) return file
    throw new Mistake(
      `no pushspec.config.{ts,js,mjs,json,yaml,yml} here; pass --target or a URL`,
      2,
    )
  }
  const path = resolve(cwd, target)
  const byName = basename(target) === target && extname(target) === ''
  const found = byName ? shipped.get(target) : undefined
  if (found) return found
  if (existsSync(path)) return descriptionIn(path) ?? path
  const names = [...shipped.keys()]
  const meant = byName ? nearest(target, names) : undefined
  if (meant) throw new Mistake(`${target}: no such target; did you mean ${meant}?`, 2)
  if (!byName) throw new Mistake(`${target}: no such file`, 2)
  throw new Mistake(`${target}: no such file, and no such target; shipped: ${names.join(', ')}`, 2)
}

/** A file as seen from the folder that the user is in. */
function shownFile(file: string, cwd: string): string {
  const path = relative(cwd, file)
  return path.startsWith('..') || isAbsolute(path) ? file : path
}

function checked(
  raw: unknown,
  source: string,
  env: NodeJS.ProcessEnv,
  headers: Readonly<Record<string, string>>,
): Normalised {
  try {
    return normalise(raw, env, headers)
  } catch (error) {
    throw inFile(error, source)
  }
}

async function named(source: string, checking: Promise<void>): Promise<void> {
  await checking.catch((error: unknown) => {
    throw inFile(error, source)
  })
}

/** The same mistake with the file in front of each of its lines. */
function inFile(error: unknown, source: string): unknown {
  if (!(error instanceof Mistake)) return error
  const lines = error.message.split('\n').map((line) => `${source}: ${line}`)
  return new Mistake(lines.join('\n'), error.exitCode)
}
