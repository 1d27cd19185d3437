import {expect, test} from 'vitest'
import {globMatches, isSelected} from './select.ts'

test('a star crosses dots, and a dot is only a dot', () => {
  expect(globMatches('sse.*', 'sse.resume.exact')).toBe(true)
  expect(globMatches('*.exact', 'sse.resume.exact')).toBe(true)
  expect(globMatches('sse.resume', 'sse.resume.exact')).toBe(false)
  expect(globMatches('sse.resume.exac.', 'sse.resume.exact')).toBe(false)
})

test('skip wins over only', () => {
  expect(isSelected('ws.close.echo', {only: ['ws.*'], skip: ['*.echo']})).toBe(false)
})

test('every id is in exactly one shard', () => {
  const ids = [
    'ws.close.echo',
    'sse.resume.exact',
    'poll.cursor.garbage',
    'webhook.identity.stable',
  ]
  for (const id of ids) {
    const shards = [1, 2, 3].filter((part) => isSelected(id, {shard: [part, 3]}))
    expect(shards).toHaveLength(1)
  }
})
