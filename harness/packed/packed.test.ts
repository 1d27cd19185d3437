/** The packed tarball in an empty folder elsewhere: all that a user does there. It needs a package registry. */
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {packageRoot} from '../package.ts'
import type {Report} from '../report.ts'
import {consumer, type Consumer} from './rig.ts'

let user: Consumer
beforeAll(async () => {
  user = await consumer()
})
afterAll(async () => {
  await user.remove()
})

const server = 'node_modules/pushspec/dist/fixtures/reference/main.js'

async function report(out: string): Promise<Report> {
  return JSON.parse(await user.read(`${out}/report.json`)) as Report
}

test('the tarball holds what is needed and no test', () => {
  expect(user.packed).toContain('LICENSE')
  expect(user.packed).toContain('fixtures/pushspec.schema.json')
  expect(user.packed).toContain('fixtures/catalogue/sse.yaml')
  expect(user.packed).toContain('fixtures/targets/reference/pushspec.config.yaml')
  expect(user.packed).toContain('dist/fixtures/invariants/sse/resume/exact.js')
  expect(user.packed.filter((path) => /\.test\.|\brig\.|^(suites|harness)\//.test(path))).toEqual(
    [],
  )
})

test('npx pushspec list --json parses', async () => {
  const {code, out} = await user.run('npx', 'pushspec', 'list', '--json')
  expect(code).toBe(0)
  const {invariants} = JSON.parse(out) as {invariants: {id: string}[]}
  expect(invariants.map(({id}) => id)).toContain('sse.resume.exact')
})

test('npx pushspec run passes on the embedded server and writes its report', async () => {
  const {code, out, err} = await user.run(
    ...(['npx', 'pushspec', 'run', '--profile', 'smoke', '--only', 'poll.*'] as const),
  )
  expect(code, out + err).toBe(0)
  const {verdict, checks} = await report('.pushspec')
  expect(verdict).toBe('pass')
  expect(checks.filter((check) => check.verdict === 'pass').map(({id}) => id)).toContain(
    'poll.cursor.chain-exact',
  )
})

test("a user's own vitest file runs the suite", async () => {
  await user.write(
    'own.test.js',
    `import {conformance} from 'pushspec/vitest'
await conformance({target: 'reference', only: ['sse.start.*']})
`,
  )
  const {code, out, err} = await user.run('npx', 'vitest', 'run', '--reporter=json')
  expect(code, out + err).toBe(0)
  const {numPassedTests, numTotalTests} = JSON.parse(out) as Record<string, number>
  expect(numPassedTests).toBeGreaterThan(0)
  expect(numPassedTests).toBe(numTotalTests)
})

const described = `
  name: 'mine',
  start: {command: ['node', '${server}', '--port', '{port}', '--data', '{dir}'], ready: {http: '/healthz'}},
  publish: {path: '/channels/{channel}/events', id: {body: '/id'}},
  poll: {
    path: '/channels/{channel}/events',
    cursor: {send: {query: 'since'}, receive: {body: '/cursor'}},
    events: {pointer: '/events', id: '/id', payload: '/data'},
  },
  claims: {ordering: 'total', delivery: 'exactly-once'},`

test.each([
  [
    'mine.ts',
    `import {defineTarget} from 'pushspec'\nexport default defineTarget({${described}\n})\n`,
  ],
  [
    'mine.yaml',
    `name: mine
start:
  command: [node, ${server}, --port, '{port}', --data, '{dir}']
  ready: {http: /healthz}
publish: {path: '/channels/{channel}/events', id: {body: /id}}
poll:
  path: /channels/{channel}/events
  cursor: {send: {query: since}, receive: {body: /cursor}}
  events: {pointer: /events, id: /id, payload: /data}
claims: {ordering: total, delivery: exactly-once}
`,
  ],
])('a description in %s is accepted', async (name, text) => {
  await user.write(name, text)
  const flags = ['--target', name, '--only', 'poll.cursor.chain-exact', '--runs', '5', '--out']
  const {code, out, err} = await user.run('npx', 'pushspec', 'run', ...flags, 'out')
  expect(code, out + err).toBe(0)
  const {target, checks} = await report('out')
  expect(target.name).toBe('mine')
  expect(checks.map(({id, verdict}) => [id, verdict])).toEqual([
    ['poll.cursor.chain-exact', 'pass'],
  ])
})

test('importing pushspec loads no socket module', async () => {
  await user.write(
    'loads.mjs',
    `import {writeSync} from 'node:fs'
const before = new Set(process.moduleLoadList)
const {defineTarget} = await import('pushspec')
const loaded = process.moduleLoadList.filter((name) => !before.has(name))
writeSync(1, JSON.stringify({is: typeof defineTarget, loaded}))
`,
  )
  const {code, out, err} = await user.run('node', 'loads.mjs')
  expect(code, err).toBe(0)
  const {is, loaded} = JSON.parse(out) as {is: string; loaded: string[]}
  expect(is).toBe('function')
  expect(loaded).toContain('Internal Binding crypto')
  expect(loaded.filter((name) => /\b(net|http|https|http2|tls|dgram)$/.test(name))).toEqual([])
})

test('a TypeScript user gets types', async () => {
  await user.write(
    'typed.ts',
    `import {defineTarget, type Invariant} from 'pushspec'
import {conformance} from 'pushspec/vitest'
export default defineTarget({${described}\n})
// @ts-expect-error -- the key is misspelt
defineTarget({name: 'x', start: {url: 'http://127.0.0.1:1'}, see: '/stream'})
export const id = (invariant: Invariant): string => invariant.id
export const suite: Promise<void> = conformance({only: ['sse.*']})
`,
  )
  const tsc = join(packageRoot, 'node_modules', '.bin', 'tsc')
  const flags = ['--noEmit', '--strict', '--target', 'es2023', '--module', 'nodenext']
  const {code, out} = await user.run(tsc, ...flags, '--skipLibCheck', 'typed.ts')
  expect(code, out).toBe(0)
})
