import {expect, test} from 'vitest'
import {capture} from './capture.ts'
import {flagsOf, targetOf} from './target.ts'

test('that the embedded server stands in for a description is told', async () => {
  const streams = capture()
  expect((await targetOf(undefined, {}, streams)).target.name).toBe('reference')
  expect(streams.errText()).toBe(
    'pushspec: no description in this folder: trying the embedded reference server\n',
  )
  const asked = capture()
  await targetOf(undefined, {target: 'reference'}, asked)
  expect(asked.errText()).toBe('')
})

test('the flags for replay name the target, and no value of a header', () => {
  const header = {Authorization: 'Bearer secret'}
  expect(flagsOf(undefined, {})).toBe('')
  expect(flagsOf('ws://127.0.0.1:1/a?b=c', {})).toBe("'ws://127.0.0.1:1/a?b=c'")
  expect(flagsOf(undefined, {target: 'a b.yaml', header, allowRemote: true})).toBe(
    "--target 'a b.yaml' --header 'Authorization: …' --allow-remote",
  )
})
