import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFileSync, writeFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {listen, listens, Rig, runs, text} from './rig.ts'

let rig: Rig

beforeAll(() => {
  rig = new Rig()
})

afterAll(() => expect(rig.close()).toEqual([]))

/** A program whose child outlives it: the child's pid stands in `child` in the folder. */
const parent = `const {spawn} = require('node:child_process')
${listens}const child = spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"], {stdio: 'inherit'})
fs.writeFileSync(dir + '/child', String(child.pid))
${listen}`

function childOf(): number {
  const [dir] = rig.dirs()
  return Number(readFileSync(join(dir!, 'child'), 'utf8'))
}

test('stopping ends what the program started, too', async () => {
  const launched = await rig.launch(rig.program(parent))
  const child = childOf()
  expect(runs(child)).toBe(true)
  await launched.stop()
  expect(runs(child)).toBe(false)
})

test('a death is told once what it left behind is ended, and a restart brings it up again', async () => {
  const launched = await rig.launch(rig.program(parent))
  const child = childOf()
  process.kill(launched.pid!, 'SIGKILL')
  expect(await launched.died).toEqual({code: null, signal: 'SIGKILL'})
  expect(runs(child)).toBe(false)
  await launched.restart!('SIGKILL', 0)
  expect(await text(`${launched.origins[0]}/`)).toBe('ok')
  await launched.stop()
})

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a restart by %s keeps the folder and the port, and is no death',
  async (signal) => {
    const source = `${listens}fs.appendFileSync(dir + '/starts', 'x')\n${listen}`
    const launched = await rig.launch(rig.program(source))
    const {pid, origins, died} = launched
    const [dir] = rig.dirs()
    const told = died.then(() => 'died')
    await launched.restart!(signal, 30)
    expect(launched.pid).not.toBe(pid)
    expect(runs(pid!)).toBe(false)
    expect(launched.origins).toBe(origins)
    expect(await text(`${origins[0]}/`)).toBe('ok')
    expect(readFileSync(join(dir!, 'starts'), 'utf8')).toBe('xx')
    expect(await Promise.race([told, Promise.resolve('alive')])).toBe('alive')
    await launched.stop()
  },
)

test('a restart that fails says why, and a stop ends one that hangs', async () => {
  const once = `${listens}if (fs.existsSync(dir + '/x')) { console.log('twice'); process.exit(3) }
fs.writeFileSync(dir + '/x', '')\n${listen}`
  const failing = await rig.launch(rig.program(once))
  await expect(failing.restart!('SIGKILL', 0)).rejects.toThrow(
    'a.yaml: start.command: ended with code 3 before it was ready; its last lines were:\n  twice',
  )
  await failing.stop()
  const hangs = `${listens}if (fs.existsSync(dir + '/x')) setInterval(() => {}, 1000)
else { fs.writeFileSync(dir + '/x', ''); ${listen} }`
  const hanging = await rig.launch(rig.program(hangs))
  const restarting = hanging.restart!('SIGKILL', 0)
  const failed = expect(restarting).rejects.toThrow('the target was stopped')
  await hanging.stop()
  await failed
})

test('a crash of the harness takes the program and its folder along', async () => {
  const script = join(rig.folder, 'crash.mjs')
  const jiti = createRequire(import.meta.url).resolve('jiti')
  const start = fileURLToPath(new URL('start.ts', import.meta.url))
  writeFileSync(
    script,
    `import {createJiti} from ${JSON.stringify(jiti)}
const {launch} = await createJiti(import.meta.url).import(${JSON.stringify(start)})
const loaded = ${JSON.stringify(rig.program(parent))}
const launched = await launch(loaded, {dirBase: ${JSON.stringify(rig.dirBase)}})
console.log(launched.pid)
setTimeout(() => { throw new Error('crash') }, 0)`,
  )
  const harness = spawn(process.execPath, [script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let output = ''
  harness.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  expect(await once(harness, 'exit')).toEqual([1, null])
  expect(Number(output)).toBeGreaterThan(0)
  await expect.poll(() => runs(Number(output))).toBe(false)
  expect(rig.dirs()).toEqual([])
})
