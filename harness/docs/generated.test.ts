import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {packageRoot} from '../package.ts'
import {keys} from './keys.ts'
import {pages} from './pages.ts'
import {describedSchema, pathsOf} from './schema.ts'

const documented = Object.values(keys).flat()
const allowed = pathsOf(describedSchema())

test('every key of the schema is documented, and no other', () => {
  const paths = new Set(documented.map(({path}) => path))
  const inSchema = new Set(allowed.map(([path]) => path))
  const asPoll = (path: string): string => path.replace(/^longpoll\./, 'poll.')
  expect([...inSchema].filter((path) => !paths.has(path) && !paths.has(asPoll(path)))).toEqual([])
  expect([...paths].filter((path) => !inSchema.has(path))).toEqual([])
  expect(paths.size).toBe(documented.length)
  expect(paths.size).toBeGreaterThan(100)
})

test('the documented type of a key names every word that it takes', () => {
  const types = new Map(documented.map(({path, type}) => [path, type]))
  const wrong = allowed.flatMap(([path, node]) => {
    const words = [node, ...(node.anyOf ?? [])].flatMap(({enum: list = []}) => list)
    const type = types.get(path) ?? types.get(path.replace(/^longpoll\./, 'poll.')) ?? ''
    return words.filter((word) => !type.includes(`\`${word}\``)).map((word) => `${path}: ${word}`)
  })
  expect(wrong).toEqual([])
})

test('the generated files are what npm run docs writes', async () => {
  const files = await pages()
  expect(files.map(({file}) => file.slice(packageRoot.length + 1))).toEqual([
    join('docs', 'invariants.md'),
    join('docs', 'targets.md'),
    join('fixtures', 'pushspec.schema.json'),
  ])
  for (const {file, text} of files) {
    expect(readFileSync(file, 'utf8'), `${file}: run npm run docs`).toBe(text)
  }
})
