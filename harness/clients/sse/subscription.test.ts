import type {Socket} from 'node:net'
import {afterEach, expect, test} from 'vitest'
import {response, Endings} from '../stage.test.support.ts'
import {head, listening, overs} from './listening.test.support.ts'

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

const probed = {
  sse: {ready: 'probe' as const},
  publish: {
    request: {method: 'POST', path: '/', headers: {}, query: {}, body: '{payload}'},
    accepted: [[200, 299] as const],
    maxBytes: 100,
    alphabet: 'text' as const,
  },
}

test.each(overs)(
  'a head that comes only with the first event is probed for, over %s',
  async (over) => {
    let stream: Socket | undefined
    let begun = false
    const it = await listening(
      endings,
      ({head: request, body}, socket) => {
        if (request.startsWith('GET')) {
          stream = socket
          return
        }
        stream?.write(`${begun ? '' : head}data: ${body}\n\n`)
        begun = true
        socket.write(response(201, '{}'))
      },
      probed,
    )
    await it.open({over})
    const kinds = it.facts('response', 'opened', 'event', 'gaveUp').map((fact) => fact.kind)
    expect(kinds).toEqual(['response', 'opened', 'event'])
  },
)

test('a refusal that comes late is no longer probed', async () => {
  let stream: Socket | undefined
  const it = await listening(
    endings,
    ({head: request}, socket) => {
      if (request.startsWith('GET')) stream = socket
      else {
        stream?.write(response(404, ''))
        socket.write(response(201, '{}'))
      }
    },
    probed,
  )
  await it.open()
  expect(it.facts('response', 'opened', 'gaveUp').map((fact) => fact.kind)).toEqual(['response'])
  expect(it.facts('publishing')).toHaveLength(1)
})

test('a stream that is never answered is given up, also while it is probed', async () => {
  const it = await listening(
    endings,
    ({head: request}, socket) => request.startsWith('GET') || socket.write(response(201, '')),
    probed,
  )
  await it.open()
  expect(it.facts('opened', 'gaveUp').map((fact) => fact.kind)).toEqual(['gaveUp'])
  expect(it.facts('closed')).toHaveLength(1)
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
