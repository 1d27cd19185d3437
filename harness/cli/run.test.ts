import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {RunOptions} from '../engine/options.ts'
import {Mistake} from '../mistake.ts'
import type {Report} from '../report.ts'
import {sample} from '../reporters/sample.ts'
import {capture, type Captured} from './capture.ts'
import {runCommand, type RunFlags} from './run.ts'

let folder = ''
let flags: RunFlags

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pushspec-run-'))
  const target = join(folder, 'acme.json')
  const description = {
    name: 'acme',
    start: {url: 'http://127.0.0.1:9'},
    headers: {authorization: 'Bearer hush-hush'},
    sse: '/stream',
  }
  await writeFile(target, JSON.stringify(description))
  const out = join(folder, 'out')
  flags = {target, profile: 'ci', seed: 7, jobs: 32, out, reporter: ['terminal']}
})

afterAll(async () => {
  await rm(folder, {recursive: true})
})

/** Carries out `run` with an engine that answers `report`, or throws it. */
async function ran(
  more: Partial<RunFlags>,
  report: Report | Error,
): Promise<{code: number; streams: Captured; options: RunOptions | undefined}> {
  const streams = capture()
  let options: RunOptions | undefined
  const code = await runCommand(undefined, {...flags, ...more}, streams, async (given) => {
    options = given
    if (report instanceof Error) throw report
    return report
  })
  return {code, streams, options}
}

test('a run writes its files, prints its report and ends with its exit code', async () => {
  const {code, streams} = await ran({}, sample)
  expect(code).toBe(1)
  expect(streams.outText()).toMatch(/target acme-push\n$/)
  expect((await readdir(flags.out)).toSorted()).toEqual(['junit.xml', 'report.json'])
  expect(JSON.parse(await readFile(join(flags.out, 'report.json'), 'utf8'))).toEqual(sample)
  expect(await readFile(join(flags.out, 'junit.xml'), 'utf8')).toContain(
    '<testsuites name="pushspec"',
  )
})

test('every flag reaches the engine', async () => {
  const {options} = await ran(
    {
      only: ['sse.*'],
      skip: ['*.x'],
      mechanism: ['sse'],
      runs: 3,
      budget: 5000,
      shard: [2, 4],
      bail: 1,
      invariants: ['own'],
      strict: true,
    },
    sample,
  )
  const {target, signal, onEvent, ...plain} = options!
  expect(target.target.name).toBe('acme')
  expect(signal.aborted).toBe(false)
  expect(onEvent).toBeTypeOf('function')
  expect(plain).toEqual({
    only: ['sse.*'],
    skip: ['*.x'],
    mechanisms: ['sse'],
    profile: 'ci',
    seed: 7,
    runs: 3,
    budgetMs: 5000,
    jobs: 32,
    shard: [2, 4],
    bail: 1,
    invariantsDirs: ['own'],
    strict: true,
    out: flags.out,
    targetFlags: `--target ${flags.target}`,
  })
})

test('a target that cannot be reached leaves a report that says so', async () => {
  const {code, streams} = await ran({}, new Mistake('http://127.0.0.1:9: ECONNREFUSED', 3))
  expect(code).toBe(3)
  expect(streams.outText()).toContain(
    'the target could not be tested: http://127.0.0.1:9:\n  ECONNREFUSED\n',
  )
  const report = JSON.parse(await readFile(join(flags.out, 'report.json'), 'utf8')) as Report
  expect(report).toMatchObject({verdict: 'unreachable', exitCode: 3, checks: []})
  expect(await readFile(join(flags.out, 'junit.xml'), 'utf8')).toContain(
    '<error message="unreachable',
  )
})

test('any other mistake leaves no report of an earlier run behind', async () => {
  await ran({}, sample)
  await expect(ran({}, new Mistake('no check is selected', 2))).rejects.toThrow(
    'no check is selected',
  )
  expect(await readdir(flags.out)).toEqual([])
})

test('secrets of the description are in no file and not on standard output', async () => {
  const run = {...sample.run, because: 'refused Bearer hush-hush'}
  const {streams} = await ran({reporter: ['terminal', 'json', 'junit']}, {...sample, run})
  const files = await Promise.all(
    ['report.json', 'junit.xml'].map((name) => readFile(join(flags.out, name), 'utf8')),
  )
  for (const text of [...files, streams.outText()]) expect(text).not.toContain('hush-hush')
  expect(streams.outText()).toContain('refused ****')
})

test('a secret that is a word of an id is masked, but for ids and the files of cases', async () => {
  const check = sample.checks.find(({failures}) => failures.length > 0)!
  const word = check.id.split('.').slice(1).join('.')
  const because = `refused ${word}`
  const target = join(folder, 'wordy.json')
  const described = {name: 'acme', start: {url: 'http://127.0.0.1:9'}, sse: '/stream'}
  await writeFile(target, JSON.stringify({...described, headers: {authorization: word}}))
  const run = {...sample.run, because}
  const {streams} = await ran({target, reporter: ['json']}, {...sample, run})
  expect(streams.outText()).not.toContain(because)
  const {checks} = JSON.parse(streams.outText()) as Report
  expect(checks.map(({id}) => id)).toEqual(sample.checks.map(({id}) => id))
  const files = (from: Report['checks']): string[] =>
    from.flatMap(({failures}) => failures.map((failure) => failure.case))
  expect(files(checks)).toEqual(files(sample.checks))
})

test('a folder that cannot be written is a mistake of the user', async () => {
  const out = join(flags.target!, 'below-a-file')
  await expect(ran({out}, sample)).rejects.toThrow(/--out .* cannot be written: ENOTDIR/)
})
