import {expect, test} from 'vitest'
import {load} from '../launch/load.ts'
import {shippedTargets} from '../launch/shipped.ts'
import {Mistake} from '../mistake.ts'
import {loadInvariants, loadRows, type Found} from './catalogue.ts'
import {refuseUnknown} from './known.ts'

const found = ['sse.resume.exact', 'sse.start.own', 'ws.close.echo'].map(
  (id) => ({invariant: {id}, file: ''}) as unknown as Found,
)

async function told(words: readonly string[], exact?: true): Promise<string> {
  try {
    await refuseUnknown([{where: '--only ', words, ...(exact && {exact})}], found)
  } catch (error) {
    if (error instanceof Mistake) return `${error.exitCode}: ${error.message}`
    throw error
  }
  return 'nothing'
}

test('ids and globs that name a check are known', async () => {
  expect(await told(['sse.resume.exact', '*.own', 'ws.*', '*'])).toBe('nothing')
  expect(await told(['sse.resume.exact'], true)).toBe('nothing')
})

test('each word that names nothing is told, with what is nearest', async () => {
  expect(await told(['sse.*', 'sse.resume.exakt', 'sse.resum.*', 'sse.resume', 'x'])).toBe(
    `2: --only sse.resume.exakt: no such check; did you mean sse.resume.exact?
--only sse.resum.*: no such check; did you mean sse.resume.*?
--only sse.resume: no such check; did you mean sse.resume.*?
--only x: no such check; pushspec list names all`,
  )
})

test('where ids are wanted a star names nothing', async () => {
  expect(await told(['ws.close.ech*'], true)).toBe(
    '2: --only ws.close.ech*: no such check; did you mean ws.close.echo?',
  )
})

test('what is planned or excluded is told as that', async () => {
  const have = new Set((await loadInvariants()).map(({invariant}) => invariant.id))
  const rows = (await loadRows()).filter(({id}) => !have.has(id))
  const planned = rows.find(({excluded}) => excluded === undefined)!
  expect(await told([planned.id])).toContain(`${planned.id}: is planned, and tried by no check yet`)
  for (const {id, excluded} of rows.filter((row) => row.excluded !== undefined))
    expect(await told([id])).toContain(`${id}: is excluded: ${excluded}`)
})

test('what is planned may be left out or waived', async () => {
  const words = ['poll.cond.etag-syntax']
  await refuseUnknown([{where: 'waive.', words, exact: true, planned: true}], found)
  const misspelt = {where: 'waive.', words: ['poll.cond.etag-sintax'], planned: true} as const
  await expect(refuseUnknown([misspelt], found)).rejects.toThrow(Mistake)
})

test('every waiver of a shipped description names a check', async () => {
  const all = await loadInvariants()
  for (const name of shippedTargets().keys()) {
    const {target} = await load({target: name, cwd: '/', env: {}})
    await refuseUnknown([{where: `${name}: `, words: Object.keys(target.waive), exact: true}], all)
  }
})
