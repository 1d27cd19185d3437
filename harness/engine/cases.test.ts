import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {loadCases} from './cases.ts'

const sound = {
  schema: 'pushspec.case/1',
  invariant: 'sse.resume.exact',
  target: {name: 'a'},
  seed: 1,
  index: 0,
  script: [{do: 'settle'}],
  trace: [{kind: 'settled', at: 1, step: 0}],
  verdict: {is: 'broken', kind: 'lost'},
  versions: {pushspec: '0.1.0'},
}

let file = ''
beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'pushspec-cases-')), 'case.json')
})
afterAll(async () => {
  await rm(join(file, '..'), {recursive: true})
})

test('a case file is read as it stands', async () => {
  await writeFile(file, JSON.stringify(sound))
  expect(await loadCases(file)).toEqual([{file, case: sound}])
})

test.each([
  [{...sound, script: undefined}, 'script: expected a list of steps'],
  [{...sound, script: [{}]}, 'script.0.do: expected the name of a step'],
  [{...sound, script: [1]}, 'script.0: expected a step'],
  [{...sound, schema: 'x'}, 'schema: expected pushspec.case/1'],
  [{...sound, verdict: {is: 'held'}}, 'verdict.is: expected broken'],
  [[], 'expected an object'],
])('%j is no case file', async (json, told) => {
  await writeFile(file, JSON.stringify(json))
  await expect(loadCases(file)).rejects.toThrow(`${file}: no case file: ${told}`)
})
