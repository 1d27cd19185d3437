import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {makeFolder} from './folder.ts'

let base = ''
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'pushspec-folder-'))
  writeFileSync(join(base, 'file'), '')
})
afterAll(() => rmSync(base, {recursive: true}))

test('a folder is made with those above it, and may be there already', () => {
  const folder = join(base, 'a', 'b')
  makeFolder('--out', folder)
  makeFolder('--out', folder)
  expect(existsSync(folder)).toBe(true)
})

test.each([
  ['', '--out: it is empty; give a folder'],
  ['file', 'file: cannot be written: it is a file; give a folder'],
  ['file/below', 'file/below: cannot be written: ENOTDIR'],
])('%j cannot be used', (name, told) => {
  expect(() => makeFolder('--out', name && join(base, name))).toThrow(told)
})

test.runIf(existsSync('/proc'))('where no folder can be made, it ends all the same', () => {
  expect(() => makeFolder('--out', '/proc/x/y')).toThrow('--out /proc/x/y: cannot be written: ')
})
