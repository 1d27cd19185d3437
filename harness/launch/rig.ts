/** What the tests of starting share: programs as source text, in a folder of their own. */
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Mistake} from '../mistake.ts'
import type {LoadedTarget} from './load.ts'
import {normalise} from './normalise.ts'
import {launch, type Launched, type LaunchOptions} from './start.ts'

/** Serves HTTP on the port of its first argument once `listen` follows. */
export const listens = `const http = require('node:http')
const fs = require('node:fs')
const [port, dir] = process.argv.slice(2)
const server = http.createServer((request, response) => response.end('ok'))
`
export const listen = "server.listen(Number(port), '127.0.0.1')\n"

/** Two folders below the system's: one with programs, one in which `{dir}`s are made. */
export class Rig {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'pushspec-programs-'))
  readonly dirBase: string = mkdtempSync(join(tmpdir(), 'pushspec-dirs-'))
  #programs = 0

  /** A description of a program with that source, as it is loaded from `a.yaml`. */
  program(source: string, start: object = {}, env: NodeJS.ProcessEnv = {}): LoadedTarget {
    const name = `program${++this.#programs}.cjs`
    writeFileSync(join(this.folder, name), source)
    return this.loaded({command: ['node', name, '{port}', '{dir}'], ...start}, env)
  }

  /** A description with that start, as it is loaded from `a.yaml`. */
  loaded(start: object, env: NodeJS.ProcessEnv = {}): LoadedTarget {
    const {folder} = this
    return {...normalise({name: 'a', start, sse: '/s'}, env), source: 'a.yaml', folder}
  }

  /** Launches it with its `{dir}` in the second folder. */
  async launch(loaded: LoadedTarget, options: LaunchOptions = {}): Promise<Launched> {
    return await launch(loaded, {dirBase: this.dirBase, ...options})
  }

  /** Exit code and message of the mistake that a launch ends in. */
  async mistake(loaded: LoadedTarget, options: LaunchOptions = {}): Promise<string> {
    try {
      const launched = await this.launch(loaded, options)
      await launched.stop()
    } catch (error) {
      if (error instanceof Mistake) return `${error.exitCode}: ${error.message}`
      throw error
    }
    return 'no mistake'
  }

  /** The `{dir}`s that there are now, as paths. */
  dirs(): string[] {
    return readdirSync(this.dirBase).map((name) => join(this.dirBase, name))
  }

  /** Removes both folders; answers the `{dir}`s that were left over. */
  close(): string[] {
    const left = this.dirs()
    rmSync(this.folder, {recursive: true})
    rmSync(this.dirBase, {recursive: true})
    return left
  }
}

/** Whether a process runs; a zombie does not. */
export function runs(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z'
  } catch {
    return false // there is no such process
  }
}

/** The body of the answer to a GET. */
export async function text(url: string): Promise<string> {
  return await (await fetch(url)).text()
}
