import {readdirSync, readFileSync} from 'node:fs'
import {join, relative} from 'node:path'
import {expect, test} from 'vitest'
import {packageRoot} from './package.ts'

/** Who a file is, by the beginning of its path; the first that fits counts. */
const layers: readonly (readonly [prefix: string, layer: string])[] = [
  ['harness/models/', 'models'],
  ['harness/behaviours/', 'behaviours'],
  ['harness/clients/', 'clients'],
  ['harness/launch/', 'launch'],
  ['harness/reporters/', 'reporters'],
  ['harness/engine/', 'engine'],
  ['harness/cli/', 'cli'],
  ['harness/docs/', 'docs'],
  ['harness/bench/', 'bench'],
  ['harness/vitest.ts', 'vitest'],
  ['harness/index.ts', 'api'],
  ['harness/', 'words'],
  ['fixtures/invariants/', 'fixtures'],
  ['fixtures/variants/', 'fixtures'],
  ['fixtures/reference/policy/', 'policy'],
  ['fixtures/reference/ws/policy/', 'policy'],
  ['fixtures/reference/', 'reference'],
  ['fixtures/targets/', 'targets'],
  ['suites/', 'suites'],
]

/** Whom each layer may import besides itself: layers, and packages by name. `type x` allows types of x only. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  words: ['type fast-check', 'type policy', 'type clients', 'node:fs', 'node:path', 'node:url'],
  models: ['words', 'node:crypto', 'node:zlib'],
  behaviours: ['words', 'models', 'fast-check'],
  clients: ['words', 'models', 'undici', 'ws', 'eventsource', 'lossless-json', 'node:*'],
  launch: ['words', 'type clients', 'zod', 'jiti', 'yaml', 'node:*'],
  reporters: ['words', 'type engine', 'picocolors'],
  engine: ['words', 'clients', 'launch', 'fast-check', 'yaml', 'zod', 'jiti', 'node:*'],
  api: ['words', 'models', 'behaviours', 'launch', 'type clients'],
  vitest: ['words', 'engine', 'launch', 'reporters', 'vitest', 'node:*'],
  cli: ['words', 'engine', 'launch', 'reporters', 'commander', 'node:*'],
  docs: ['words', 'engine', 'launch', 'node:*'],
  bench: ['words', 'models', 'engine', 'launch', 'fast-check', 'ws', 'node:*'],
  fixtures: ['api', 'policy'],
  policy: ['reference', 'node:*'],
  reference: ['policy', 'node:*'],
  targets: ['api', 'pushspec', 'node:*'],
  suites: ['vitest', 'engine', 'api', 'words', 'node:*'],
}

const importLine =
  /(?:^|\n)(?:import|export)\s+(type\s+)?(?:[^'"]*?\sfrom\s+)?'([^']+)'|import\(\s*(?:\/\*.*?\*\/\s*)?'([^']+)'\s*\)/g

function layerOf(path: string): string {
  return layers.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'none'
}

function sources(folder: string): string[] {
  return readdirSync(join(packageRoot, folder), {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.ts') && !/(\.test|\.d|\.support|\brig)\.ts$/.test(name))
    .map((name) => join(folder, name))
}

/** What one import of a file is: another layer, or a package; undefined within the own layer. */
function importOf(file: string, target: string): string | undefined {
  if (!target.startsWith('.')) return target.startsWith('node:') ? target : packageOf(target)
  const path = relative(packageRoot, join(packageRoot, file, '..', target))
  const layer = layerOf(path)
  return layer === layerOf(file) ? undefined : layer
}

function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/')
}

function mayImport(layer: string, what: string, typeOnly: boolean): boolean {
  const list = allowed[layer] ?? []
  if (list.includes(what)) return true
  if (what.startsWith('node:') && list.includes('node:*')) return true
  return typeOnly && list.includes(`type ${what}`)
}

const files = ['harness', 'fixtures', 'suites'].flatMap(sources)

test('every layer imports only what the table allows', () => {
  const wrong = files.flatMap((file) => {
    const text = readFileSync(join(packageRoot, file), 'utf8')
    return [...text.matchAll(importLine)].flatMap((match) => {
      const target = match[2] ?? match[3] ?? ''
      const names = match[0].replace(/^\s*(import|export)\s+/, '')
      const typeOnly = match[1] !== undefined || /^\{(\s*type\s[^,}]+,?)+\s*\}/.test(names)
      const what = importOf(file, target)
      if (what === undefined || mayImport(layerOf(file), what, typeOnly)) return []
      return [`${file} (${layerOf(file)}) may not import ${target} (${what})`]
    })
  })
  expect(wrong).toEqual([])
})

test('every source has a layer', () => {
  expect(files.filter((file) => layerOf(file) === 'none')).toEqual([])
  expect(files.length).toBeGreaterThan(100)
})
