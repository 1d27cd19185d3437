/** What the pages show must be true. It needs the build (`npm test` makes it first). */
import {execFile} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {promisify} from 'node:util'
import {expect, test} from 'vitest'
import {parse} from 'yaml'
import {loadInvariants, loadVariants} from '../engine/catalogue.ts'
import {load} from '../launch/load.ts'
import {normalise} from '../launch/normalise.ts'
import {packageRoot} from '../package.ts'
import {exitCodes} from '../report.ts'
import {blocksOf} from './blocks.ts'

const pageNames = ['README.md', 'CONTRIBUTING.md', 'docs/targets.md', 'docs/architecture.md']
const pages = pageNames.map((name) => ({
  name,
  text: readFileSync(join(packageRoot, name), 'utf8'),
}))
const blocks = pages.flatMap(({name, text}) =>
  blocksOf(text).map((block) => Object.assign(block, {page: name})),
)
const written = (language: string): string[] =>
  blocks.filter((block) => block.language === language).map(({text}) => text)
const readme = pages[0]!.text
const main = join(packageRoot, 'dist', 'harness', 'cli', 'main.js')
const run = promisify(execFile)

test('fenced blocks are found with their language', () => {
  expect(blocksOf('a\n```ts\nlet a\n\nlet b\n```\n```yaml\nc: 1\n```\n')).toEqual([
    {language: 'ts', text: 'let a\n\nlet b\n'},
    {language: 'yaml', text: 'c: 1\n'},
  ])
})

test('every YAML description on the pages is accepted', () => {
  const descriptions = written('yaml')
  expect(descriptions.length).toBeGreaterThan(3)
  for (const text of descriptions) {
    const {target} = normalise(parse(text), {ACME_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'})
    expect(target.name).toBe('acme-push')
  }
})

test('every TypeScript description on the pages is accepted', async () => {
  const descriptions = written('ts').filter((text) => text.includes('defineTarget('))
  expect(descriptions).not.toEqual([])
  const folder = await mkdtemp(join(tmpdir(), 'pushspec-pages-'))
  for (const text of descriptions) {
    const file = join(folder, 'pushspec.config.ts')
    await writeFile(file, text)
    const {target} = await load({target: file, cwd: folder, env: {}})
    expect(target.name).toBe('acme-push')
  }
  await rm(folder, {recursive: true})
})

test('every command line on the pages has a command and flags that exist', async () => {
  const lines = written('sh').flatMap((text) => text.trimEnd().split('\n'))
  expect(lines.length).toBeGreaterThan(8)
  for (const line of lines) {
    const [npx, name, command, ...rest] = line.split(' ')
    expect([npx, name]).toEqual(['npx', 'pushspec'])
    const {stdout} = await run(process.execPath, [main, command!, '--help'])
    expect(stdout).toContain(`Usage: pushspec ${command} `)
    const flags = rest.filter((word) => word.startsWith('--'))
    for (const flag of flags) expect(stdout, line).toMatch(new RegExp(`${flag}\\b`))
  }
})

test('every npm script on the pages exists', () => {
  const {scripts} = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const named = pages.flatMap(({text}) =>
    [...text.matchAll(/npm (?:run )?(start|test|(?<=run )[\w:]+)/g)].map(([, name]) => name!),
  )
  expect(named).toContain('bench')
  expect(named.filter((name) => !(name in scripts))).toEqual([])
})

test('every file that the pages link to or name exists', () => {
  const missing = pages.flatMap(({name, text}) => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) =>
      join(dirname(name), path!),
    )
    const named = [...text.matchAll(/`((?:harness|fixtures|docs)\/[\w./-]+)`/g)].map(
      ([, path]) => path!,
    )
    return [...links, ...named].filter(
      (path) => !existsSync(join(packageRoot, path)) && !path.endsWith('/sse/start/charset.ts'),
    )
  })
  expect(missing).toEqual([])
})

test('the ids, mutants and variants that the README names exist', async () => {
  const invariants = (await loadInvariants()).map(({invariant}) => invariant)
  const mutants = invariants.flatMap(({id, mutants}) => mutants.map(({name}) => `${id}/${name}`))
  const variants = (await loadVariants()).map(({name}) => name)
  const after = (flag: string): string[] =>
    [...readme.matchAll(new RegExp(`--${flag} ([\\w./-]+)`, 'g'))].map(([, name]) => name!)
  expect(mutants).toEqual(expect.arrayContaining(after('mutant')))
  expect(variants).toEqual(expect.arrayContaining(after('variant')))
  const [failure] = written('text')
  const [, id, level, kind] = /^FAIL {2}(\S+) {2}(\S+) {2}(\S+)\n/.exec(failure!)!
  const failed = invariants.find((invariant) => invariant.id === id)
  expect(failed?.level).toBe(level)
  expect(failed?.mutants.map((mutant) => mutant.kind)).toContain(kind)
  expect(failure).toContain(`npx pushspec replay .pushspec/cases/${id}-`)
  expect(failure).toContain('  expected  ')
})

test('the exit codes of the README are those of the commands', () => {
  const listed = [...readme.matchAll(/^\| (\d+) \| /gm)].map(([, code]) => Number(code))
  const {stale, ...now} = exitCodes
  expect(listed).toEqual(Object.values(now))
  expect(readme).toContain(`(exit code ${stale})`)
})

test('the worked example of CONTRIBUTING passes on the embedded server', async () => {
  const example = written('ts').find((text) => text.includes("id: 'sse.start.charset'"))!
  const folder = await mkdtemp(join(tmpdir(), 'pushspec-example-'))
  // Whoever follows the page has the id already: here it has another.
  const id = 'sse.start.charset-of-the-page'
  const file = join(folder, `${id.replaceAll('.', '/')}.ts`)
  await mkdir(dirname(file), {recursive: true})
  const api = join(packageRoot, 'dist', 'harness', 'index.js')
  const renamed = example.replace("id: 'sse.start.charset'", `id: '${id}'`)
  await writeFile(file, renamed.replaceAll('../../../../harness/index.ts', api))
  const flags = ['--invariants', folder, '--only', id, '--profile', 'smoke']
  const out = join(folder, 'out')
  const {stdout} = await run(process.execPath, [main, 'run', ...flags, '--out', out])
  expect(stdout).toContain('pushspec: 1 passed, 0 failed')
  await rm(folder, {recursive: true})
})
