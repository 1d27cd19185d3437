import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {loadCatalogue} from '../engine/catalogue.ts'
import {packageRoot} from '../package.ts'
import {invariantsPage} from './invariants.ts'
import {keyTable} from './keys.ts'
import {describedSchema} from './schema.ts'

/** A file that is generated, or has generated parts. */
export interface Page {
  readonly file: string
  readonly text: string
}

/** Every generated file as it should be; the hand-written parts of docs/targets.md are kept. */
export async function pages(): Promise<Page[]> {
  const {invariants, rows} = await loadCatalogue()
  const targets = join(packageRoot, 'docs', 'targets.md')
  return [
    {
      file: join(packageRoot, 'docs', 'invariants.md'),
      text: invariantsPage(invariants, rows),
    },
    {file: targets, text: withTables(await readFile(targets, 'utf8'))},
    {
      file: join(packageRoot, 'fixtures', 'pushspec.schema.json'),
      text: `${JSON.stringify(describedSchema(), undefined, 2)}\n`,
    },
  ]
}

/** The same page with every `<!-- keys: part -->` followed by the table of that part. */
function withTables(text: string): string {
  return text.replaceAll(
    /(<!-- keys: (\w+) -->\n)[^]*?(<!-- \/keys -->)/g,
    (_, begin: string, part: string, end: string) => `${begin}${keyTable(part)}\n${end}`,
  )
}
