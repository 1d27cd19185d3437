import {expect, test} from 'vitest'
import {flagsOf} from './target.ts'

test('the flags for replay name the target, and no value of a header', () => {
  const header = {Authorization: 'Bearer secret'}
  expect(flagsOf(undefined, {})).toBe('')
  expect(flagsOf('ws://127.0.0.1:1/a?b=c', {})).toBe("'ws://127.0.0.1:1/a?b=c'")
  expect(flagsOf(undefined, {target: 'a b.yaml', header, allowRemote: true})).toBe(
    "--target 'a b.yaml' --header 'Authorization: …' --allow-remote",
  )
})
