import {expect, test} from 'vitest'
import {Mistake} from '../mistake.ts'
import {capture, type Captured} from './capture.ts'
import {execute, told} from './program.ts'

/** Carries out a command line; answers its exit code and what it wrote to standard error. */
async function ended(...args: string[]): Promise<{code: number; err: string; streams: Captured}> {
  const streams = capture()
  const code = await execute(args, streams, false)
  return {code, err: streams.errText(), streams}
}

test.each([
  [['rnu'], "error: unknown command 'rnu'\n(Did you mean run?)"],
  [['run', '--sead', '1'], "error: unknown option '--sead'\n(Did you mean --seed?)"],
  [['list', '--jsn'], "error: unknown option '--jsn'\n(Did you mean --json?)"],
  [['run', '--seed', 'x'], 'Give a whole number from 0 to 2147483647.'],
  [['run', '--profile', 'sm0ke'], 'Allowed: smoke, ci, deep. Did you mean smoke?'],
  [['run', '--mechanism', 'sse,webhok'], 'Did you mean webhook?'],
  [['run', '--reporter', 'html'], 'Allowed: terminal, json, junit.'],
  [['run', '--shard', '3/2'], 'such as 2/4'],
  [['run', '--budget', 'soon'], 'Give a time such as 500ms, 90s, 5m or 1h.'],
  [['run', 'a', 'b'], 'error: too many arguments'],
  [['replay'], "error: missing required argument 'file|dir'"],
  [['explain'], "error: missing required argument 'id'"],
  [['serve', '--port', '99999'], 'Give a whole number from 0 to 65535.'],
])('%j is a mistake of the user', async (args, message) => {
  const {code, err} = await ended(...args)
  expect(err).toContain(message)
  expect(code).toBe(2)
})

test('without a command the help goes to standard error, with exit code 2', async () => {
  const {code, err, streams} = await ended()
  expect(err).toContain('Usage: pushspec')
  expect(streams.outText()).toBe('')
  expect(code).toBe(2)
})

test('help and version go to standard output, with exit code 0', async () => {
  const help = await ended('run', '--help')
  expect(help.streams.outText()).toContain('--profile <name>')
  expect(help.streams.outText()).toMatch(/--budget <time> [^-]*a bare number is\s+seconds/)
  expect(help.code).toBe(0)
  const version = await ended('--version')
  expect(version.streams.outText()).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect(version.code).toBe(0)
})

test('a case file that does not exist is named', async () => {
  const {code, err} = await ended('replay', 'nowhere.json')
  expect(err).toBe('pushspec: nowhere.json: no such file or folder\n')
  expect(code).toBe(2)
})

test('a floor of one is one case', async () => {
  const {streams} = await ended('explain', 'sse.resume.exact')
  expect(streams.outText()).toContain('missed:1  at least 1 case\n')
  expect(streams.outText()).toContain('missed:2+  at least 5 cases\n')
})

test('a mistake keeps its exit code and has no stack', () => {
  const streams = capture()
  expect(told(new Mistake('acme: cannot be reached', 3), streams, true)).toBe(3)
  expect(streams.errText()).toBe('pushspec: acme: cannot be reached\n')
})

test('any other error is a fault of the harness, with its stack only on demand', () => {
  const quiet = capture()
  expect(told(new TypeError('oops'), quiet, false)).toBe(6)
  expect(quiet.errText()).toBe(
    'pushspec: fault of the harness: oops (PUSHSPEC_DEBUG=1 shows where)\n',
  )
  const loud = capture()
  expect(told(new TypeError('oops'), loud, true)).toBe(6)
  expect(loud.errText()).toContain('program.test.ts')
})
