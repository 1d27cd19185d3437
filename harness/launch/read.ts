import {existsSync, readFileSync, statSync} from 'node:fs'
import {extname} from 'node:path'
import {fileURLToPath} from 'node:url'
import {createJiti} from 'jiti'
import {parseDocument} from 'yaml'
import {Mistake} from '../mistake.ts'
import {jsonProblem} from './json-syntax.ts'

/** The extensions of description files. */
export const extensions: readonly string[] = ['.ts', '.js', '.mjs', '.json', '.yaml', '.yml']

/**
 * What a description file says, unchecked: the default export of a module, or parsed JSON or YAML.
 * `shown` is how errors call the file. Throws a Mistake (exit 2) of one line per problem.
 */
export async function readDescription(file: string, shown: string): Promise<unknown> {
  if (!existsSync(file)) throw new Mistake(`${shown}: no such file`, 2)
  if (!statSync(file).isFile()) throw new Mistake(`${shown}: is no file`, 2)
  switch (extname(file)) {
    case '.json':
      return readJson(readFileSync(file, 'utf8'), shown)
    case '.yaml':
    case '.yml':
      return readYaml(readFileSync(file, 'utf8'), shown)
    case '.ts':
    case '.js':
    case '.mjs':
      return await readModule(file, shown)
    default:
      throw new Mistake(
        `${shown}: is no description; expected a file of ${extensions.join(' ')}`,
        2,
      )
  }
}

function readJson(text: string, shown: string): unknown {
  const plain = text.replace(/^\uFEFF/, '')
  const problem = jsonProblem(plain)
  if (problem) {
    const {line, column, wanted} = problem
    throw new Mistake(`${shown}:${line}:${column}: is no JSON; expected ${wanted}`, 2)
  }
  return JSON.parse(plain)
}

function readYaml(text: string, shown: string): unknown {
  const document = parseDocument(text, {prettyErrors: false})
  const lines = document.errors.map((error) => {
    const before = text.slice(0, error.pos[0]).split('\n')
    return `${shown}:${before.length}:${before.at(-1)!.length + 1}: is no YAML; ${error.message}`
  })
  if (lines.length > 0) throw new Mistake(lines.join('\n'), 2)
  return document.toJS({maxAliasCount: 100})
}

/**
 * This package's entry as it runs now, so that `import … from 'pushspec'` works wherever the file
 * lies.
 */
const entry = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../index.ts' : '../index.js', import.meta.url),
)

async function readModule(file: string, shown: string): Promise<unknown> {
  const jiti = createJiti(import.meta.url, {
    alias: {pushspec: entry},
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
  })
  const module: unknown = await jiti.import(file).catch((error: unknown) => {
    throw new Mistake(`${shown}: throws when it is loaded: ${firstLine(error)}`, 2)
  })
  const {default: named, __esModule: isModule} = module as {default?: unknown; __esModule?: true}
  const exported = named ?? (isModule ? undefined : module)
  if (typeof exported !== 'object' || exported === null) {
    throw new Mistake(
      `${shown}: has no description as its default export; write export default defineTarget({…})`,
      2,
    )
  }
  return exported
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return message.split('\n', 1)[0]!
}
