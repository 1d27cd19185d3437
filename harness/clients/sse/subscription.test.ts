import type {Socket} from 'node:net'
import {afterEach, expect, test} from 'vitest'
import {response, Endings} from '../stage.test.support.ts'
import {head, listening} from './listening.test.support.ts'

const endings = new Endings()

afterEach(() => endings.end())

test('a stream is ready when a probe comes back, and what came before follows', async () => {
  const streams: Socket[] = []
  const it = await listening(
    endings,
    ({head: request, body}, socket) => {
      if (request.startsWith('GET')) {
        socket.write(`${head}data: early\n\n`)
        setTimeout(() => streams.push(socket), 30) // an event before this is lost to it
        return
      }
      for (const stream of streams) stream.write(`data: ${body}\n\n`)
      socket.write(response(201, '{}'))
    },
    {
      sse: {ready: 'probe'},
      publish: {
        request: {method: 'POST', path: '/{channel}', headers: {}, query: {}, body: '{payload}'},
        accepted: [[200, 299]],
        maxBytes: 100,
        alphabet: 'text',
      },
    },
  )
  await it.open()
  const [opened, ...more] = it.facts('opened', 'event')
  expect(opened).toMatchObject({kind: 'opened'})
  expect(more[0]).toMatchObject({kind: 'event', data: 'early'})
  expect(more.at(-1)).toMatchObject({
    kind: 'event',
    mark: expect.stringMatching(/^~n\.probe-a\.1-\d+~$/) as string,
  })
  expect(it.facts('publishing').length).toBeGreaterThan(1)
  const [request] = it.facts('publishing')
  expect(request).toMatchObject({by: 'prober', channel: 'c-main', as: 'probe-a.1-1'})
})

test('a stream that gives no probe is never opened', async () => {
  const it = await listening(
    endings,
    ({head: request}, socket) => socket.write(request.startsWith('GET') ? head : response(201, '')),
    {
      sse: {ready: 'probe'},
      publish: {
        request: {method: 'POST', path: '/', headers: {}, query: {}, body: '{payload}'},
        accepted: [[200, 299]],
        maxBytes: 100,
        alphabet: 'text',
      },
    },
  )
  await it.open()
  expect(it.facts('opened')).toEqual([])
  await it.driver.settle(it.log)
  expect(it.facts('settled')).toEqual([])
})
