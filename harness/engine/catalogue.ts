import {readdir, readFile} from 'node:fs/promises'
import {join, relative, resolve, sep} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {parse} from 'yaml'
import {z} from 'zod'
import {capabilities} from '../capabilities.ts'
import {aimsOf, mechanismOf, type Invariant, type Level, type Variant} from '../invariant.ts'
import {Mistake} from '../mistake.ts'
import {packageRoot} from '../package.ts'
import {exitCodes} from '../report.ts'
import {mechanisms, type Mechanism} from '../target.ts'

/** An invariant and the file that it was found in. */
export interface Found {
  readonly invariant: Invariant
  readonly file: string
}

/** A row of the catalogue: a requirement that we know of, with or without a fixture. */
export interface Row {
  readonly id: string
  readonly tier: number
  readonly level: Level
  readonly claim: string
  readonly needs: readonly string[]
  readonly mechanism: Mechanism
  /** Why it will have no fixture. */
  readonly excluded?: string
}

/** A legal oddity of the reference and the file that it was found in. */
export interface FoundVariant {
  readonly name: string
  readonly file: string
  readonly variant: Variant
}

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url))

/** Every invariant that ships with the package, and those of `dirs`; sorted by mechanism and id. Throws a Mistake on a fixture that cannot be used. */
export async function loadInvariants(dirs: readonly string[] = []): Promise<Found[]> {
  const found: Found[] = []
  for (const dir of [join(fixtures, 'invariants'), ...dirs.map((dir) => resolve(dir))]) {
    const files = await modules(dir)
    found.push(...(await Promise.all(files.map((file) => loadInvariant(dir, file)))))
  }
  const ids = new Set<string>()
  for (const {invariant, file} of found) {
    if (ids.has(invariant.id)) throw unusable(file, `another file has the id ${invariant.id}`)
    ids.add(invariant.id)
  }
  const place = ({invariant}: Found): number => mechanisms.indexOf(mechanismOf(invariant.id))
  return found.toSorted(
    (a, b) => place(a) - place(b) || a.invariant.id.localeCompare(b.invariant.id),
  )
}

/** The invariants and the rows that are known, planned ones among them. */
export async function loadCatalogue(
  dirs: readonly string[] = [],
): Promise<{invariants: Found[]; rows: Row[]}> {
  return {invariants: await loadInvariants(dirs), rows: await loadRows()}
}

/** The rows of the catalogue, with and without a fixture. */
export async function loadRows(): Promise<Row[]> {
  const rows = await Promise.all(mechanisms.map(rowsOf))
  const reasons = await exclusions()
  return rows.flat().map((row) => {
    const excluded = reasons.get(row.id)
    return excluded === undefined ? row : {...row, excluded}
  })
}

/** The legal oddities of the reference, by name. */
export async function loadVariants(): Promise<FoundVariant[]> {
  const dir = join(fixtures, 'variants')
  const files = await modules(dir)
  return await Promise.all(
    files.map(async (file) => ({
      name: relative(dir, file).replace(/\.[jt]s$/, ''),
      file,
      variant: (await load(file)) as Variant,
    })),
  )
}

/** The modules below a folder, tests and declarations left out, in order of name. */
async function modules(dir: string): Promise<string[]> {
  const entries = await readdir(dir, {recursive: true}).catch((error: unknown) => {
    throw unusable(dir, `the folder cannot be read (${(error as Error).message})`)
  })
  return entries
    .filter((name) => /\.(ts|js|mjs)$/.test(name) && !/(\.d|\.test)\.[tj]s$/.test(name))
    .map((name) => join(dir, name))
    .toSorted()
}

async function loadInvariant(dir: string, file: string): Promise<Found> {
  const id = relative(dir, file)
    .replace(/\.(ts|js|mjs)$/, '')
    .split(sep)
    .join('.')
  const invariant = (await load(file)) as Invariant
  if (invariant.id !== id)
    throw unusable(file, `its id must be its path with dots: ${id}, and not ${invariant.id}`)
  if (!mechanisms.includes(mechanismOf(id)))
    throw unusable(file, `its path must begin with one of ${mechanisms.join(', ')}`)
  if (!invariant.cites?.length) throw unusable(file, 'it cites nothing')
  if (!invariant.mutants?.length) throw unusable(file, 'it has no mutant')
  const {behaviour} = invariant
  for (const aim of aimsOf(invariant)) {
    if (behaviour?.aims.includes(aim)) continue
    const known = behaviour ? `behaviour ${behaviour.name} has ${behaviour.aims.join(', ')}` : ''
    throw unusable(file, `no aim '${aim}': ${known || 'it names no behaviour'}`)
  }
  const unknown = invariant.needs.find((need) => !(need in capabilities))
  if (unknown !== undefined) throw unusable(file, `needs: '${unknown}' is no known capability`)
  return {invariant, file}
}

async function load(file: string): Promise<unknown> {
  const module = (await importAny(file)) as {default?: unknown}
  if (typeof module.default !== 'object' || module.default === null)
    throw unusable(file, 'it has no default export')
  return module.default
}

/** TypeScript outside this package (a user's own fixtures) goes through jiti; all else is imported as it is. */
async function importAny(file: string): Promise<unknown> {
  try {
    if (file.startsWith(fixtures) || !file.endsWith('.ts'))
      return await import(/* @vite-ignore */ pathToFileURL(file).href)
    const {createJiti} = await import('jiti')
    return await createJiti(import.meta.url).import(file)
  } catch (error) {
    throw unusable(file, `it cannot be loaded: ${(error as Error).message}`)
  }
}

function unusable(file: string, why: string): Mistake {
  return new Mistake(`${file}: ${why}`, exitCodes.usage)
}

const catalogue = z.object({
  also_applies: z.array(z.string()).optional(),
  requirements: z.array(
    z.object({
      id: z.string(),
      tier: z.number(),
      level: z.enum(['MUST', 'SHOULD', 'MAY', 'PRACTICE']),
      claim: z.string(),
      needs: z.array(z.string()),
    }),
  ),
})

async function rowsOf(mechanism: Mechanism): Promise<Row[]> {
  const file = join(packageRoot, 'fixtures', 'catalogue', `${mechanism}.yaml`)
  const {requirements} = catalogue.parse(parse(await readFile(file, 'utf8')))
  return requirements.map((row) => ({...row, mechanism}))
}

const excludedRows = z.object({
  excluded: z.array(z.object({id: z.string(), reason: z.string()})),
})

/** The rows that will have no fixture, with the reason. */
async function exclusions(): Promise<Map<string, string>> {
  const file = join(packageRoot, 'fixtures', 'catalogue', 'excluded.yaml')
  const {excluded} = excludedRows.parse(parse(await readFile(file, 'utf8')))
  return new Map(excluded.map(({id, reason}) => [id, reason]))
}
