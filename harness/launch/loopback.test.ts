import {expect, test} from 'vitest'
import {isLoopback} from './loopback.ts'

test.each(['127.0.0.1', '127.9.8.7', '[::1]', '::1', 'localhost', '::ffff:127.0.0.1'])(
  '%s is this machine',
  async (host) => {
    expect(await isLoopback(host)).toBe(true)
  },
)

test.each(['192.0.2.1', '[2001:db8::1]', '0.0.0.0', '::ffff:192.0.2.1', 'no-such-name.invalid'])(
  '%s is not this machine',
  async (host) => {
    expect(await isLoopback(host)).toBe(false)
  },
)
