import {spawn, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {existsSync} from 'node:fs'
import {createServer} from 'node:net'
import {constants} from 'node:os'
import {join} from 'node:path'
import {loadInvariants, loadVariants} from '../engine/catalogue.ts'
import {nearest} from '../launch/nearest.ts'
import {Mistake} from '../mistake.ts'
import {packageRoot} from '../package.ts'
import {exitCodes} from '../report.ts'
import {makeFolder} from './folder.ts'

/** The flags of `pushspec serve`, as read. */
export interface ServeFlags {
  /** Public name of a mutant, `<id>/<name>`. */
  readonly mutant?: string
  readonly variant?: string
  readonly port: number
  readonly data?: string
}

const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** `pushspec serve`: runs the embedded server until it is told to end. Answers its exit code. Throws Mistakes. */
export async function serveCommand(flags: ServeFlags): Promise<number> {
  const main = join(packageRoot, 'dist', 'fixtures', 'reference', 'main.js')
  if (!existsSync(main))
    throw new Mistake('the embedded server is not built: npm run build', exitCodes.usage)
  const args = await argumentsOf(flags)
  if (flags.data !== undefined) makeFolder('--data', flags.data)
  await listenable(flags.port)
  // A group of its own: Ctrl-C reaches this process only, and is passed on once.
  const child = spawn(process.execPath, [main, ...args], {stdio: 'inherit', detached: true})
  return await ended(child)
}

/** The arguments of the server for these flags. Throws a Mistake with the nearest match when there is no such mutant or variant. */
export async function argumentsOf(flags: ServeFlags): Promise<string[]> {
  const {mutant, variant, port, data} = flags
  return [
    '--port',
    String(port),
    ...(data === undefined ? [] : ['--data', data]),
    ...(mutant === undefined ? [] : ['--mutant', await mutantFile(mutant)]),
    ...(variant === undefined ? [] : ['--variant', await variantFile(variant)]),
  ]
}

async function mutantFile(wanted: string): Promise<string> {
  const files = new Map<string, string>()
  for (const {invariant, file} of await loadInvariants()) {
    for (const {name} of invariant.mutants) files.set(`${invariant.id}/${name}`, `${file}#${name}`)
  }
  const own = [...files.keys()].filter((name) => name.startsWith(`${wanted}/`))
  if (own.length > 0)
    throw new Mistake(
      `--mutant ${wanted}: names a check; its mutants are ${own.join(', ')}`,
      exitCodes.usage,
    )
  return files.get(wanted) ?? unknown('mutant', wanted, [...files.keys()])
}

async function variantFile(wanted: string): Promise<string> {
  const variants = await loadVariants()
  const found = variants.find(({name}) => name === wanted)
  return (
    found?.file ??
    unknown(
      'variant',
      wanted,
      variants.map(({name}) => name),
    )
  )
}

function unknown(what: string, wanted: string, known: readonly string[]): never {
  const meant = nearest(wanted, known)
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`
  throw new Mistake(`--${what} ${wanted}: no such ${what}${hint}`, exitCodes.usage)
}

/** Throws a Mistake when the server will not be able to listen on a port; the server itself would not know the flag. */
async function listenable(port: number): Promise<void> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  } catch (error) {
    const {code = '', message} = error as NodeJS.ErrnoException
    const why = {EADDRINUSE: 'is in use', EACCES: 'is not allowed'}[code] ?? message
    throw new Mistake(`--port ${port}: ${why}`, exitCodes.usage)
  }
  server.close()
  await once(server, 'close')
}

async function ended(child: ChildProcess): Promise<number> {
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal)
  }
  const kill = (): void => {
    child.kill('SIGKILL')
  }
  for (const signal of passedOn) process.on(signal, pass)
  process.on('exit', kill)
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, signal) => {
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
      })
    })
  } finally {
    for (const signal of passedOn) process.off(signal, pass)
    process.off('exit', kill)
  }
}
