import {createHash} from 'node:crypto'
import {mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {z} from 'zod'
import {Mistake} from '../mistake.ts'
import {exitCodes, type Case} from '../report.ts'
import type {Script} from '../script/script.ts'

/** Hides secrets in what is written to a file. */
export interface Redact {
  text(text: string): string
  case(saved: Case): Case
}

/** Where there is no secret to hide. */
export const nothingSecret: Redact = {text: (text) => text, case: (saved) => saved}

/** What a script looks like without its values: what its steps do, to whom, and which fields they set. */
export function shapeOf(script: Script): string {
  return script.map((step) => `${step.do}(${Object.keys(step).toSorted().join(',')})`).join(' ')
}

/** Names a finding: two with the same fingerprint are the same fault. */
export function fingerprint(id: string, kind: string, script: Script): string {
  const shape = `${id}/${kind}/${shapeOf(script)}`
  return createHash('sha256').update(shape).digest('hex').slice(0, 8)
}

/** Writes a case file below `out` and answers its path. */
export async function saveCase(out: string, saved: Case, redact: Redact): Promise<string> {
  const folder = join(out, 'cases')
  const print = fingerprint(saved.invariant, saved.verdict.kind, saved.script)
  const file = join(folder, `${saved.invariant}-${print}.json`)
  await mkdir(folder, {recursive: true})
  await writeFile(file, `${JSON.stringify(redact.case(saved), null, 1)}\n`)
  return file
}

const words = (what: string): z.ZodString => z.string(what)
const step = z.looseObject({do: words('the name of a step')}, 'a step')
const fact = z.looseObject(
  {kind: words('the kind of a fact'), at: z.number('a time in ms'), step: z.number('a number')},
  'a fact',
)

/** Its messages say what is expected. */
const caseSchema = z.looseObject(
  {
    schema: z.literal('pushspec.case/1', 'pushspec.case/1'),
    invariant: words('the id of a check'),
    target: z.looseObject({name: words('a name')}, 'a target'),
    seed: z.number('a number'),
    index: z.number('a number'),
    script: z.array(step, 'a list of steps'),
    trace: z.array(fact, 'a list of facts'),
    verdict: z.looseObject(
      {is: z.literal('broken', 'broken'), kind: words('a kind of fault')},
      'a verdict',
    ),
    versions: z.looseObject({pushspec: words('a version')}, 'versions'),
  },
  'an object',
)

/** The case of a file, or all cases of a folder in order of name. Throws a Mistake that names the file and what is wrong with it. */
export async function loadCases(path: string): Promise<{file: string; case: Case}[]> {
  const info = await stat(path).catch(() => undefined)
  if (!info) throw new Mistake(`${path}: no such file or folder`, exitCodes.usage)
  if (!info.isDirectory()) return [{file: path, case: await loadCase(path)}]
  const names = (await readdir(path)).filter((name) => name.endsWith('.json')).toSorted()
  const files = names.map((name) => join(path, name))
  return await Promise.all(files.map(async (file) => ({file, case: await loadCase(file)})))
}

async function loadCase(file: string): Promise<Case> {
  const text = await readFile(file, 'utf8')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new Mistake(`${file}: no JSON: ${(error as Error).message}`, exitCodes.usage)
  }
  const read = caseSchema.safeParse(json)
  if (read.success) return json as Case
  const [issue] = read.error.issues
  const key = issue?.path.length ? `${issue.path.join('.')}: ` : ''
  throw new Mistake(`${file}: no case file: ${key}expected ${issue?.message}`, exitCodes.usage)
}
