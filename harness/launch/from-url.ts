import {get} from 'node:http'
import {get as getTls} from 'node:https'
import {Mistake} from '../mistake.ts'
import {originOf} from './normalise/start.ts'
import {slashed} from './normalise/request.ts'
import type {Description} from './schema.ts'

/** The longest that the one probe of a bare URL waits for a response head, in ms. */
const probeMs = 5000

/** What the probe saw: the head of one response. */
interface Head {
  readonly status: number
  readonly type: string
}

/**
 * A description of what a bare URL allows, with nothing claimed. A ws or wss URL is a plain
 * WebSocket.
 * For http and https one GET decides: `text/event-stream` is SSE. A poll (JSON, or 204) says nothing
 * of its cursor, without which nothing of it can be tested.
 * Throws a Mistake: exit 2 for what is no URL, 3 when nobody answers, 5 when nothing can be tested.
 */
export async function describeUrl(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<Description> {
  const {protocol, host, origin, pathname, search} = parsed(url)
  const path = slashed(`${pathname}${search}`)
  if (protocol === 'ws:' || protocol === 'wss:') {
    return {name: host, start: {url: `${protocol}//${host}`}, ws: {path}}
  }
  const start = {url: origin}
  const {status, type} = await probe(url, headers)
  if (status === 200 && type === 'text/event-stream') return {name: host, start, sse: {path}}
  const polled = status === 204 || (status === 200 && /^application\/(.+\+)?json$/.test(type))
  if (polled) {
    throw new Mistake(
      `${url}: answers ${status}${type ? ` ${type}` : ''} as a poll does; a poll is tested with a description of its cursor and of how to publish (docs/targets.md)`,
      5,
    )
  }
  throw new Mistake(
    `${url}: answers ${status}${type ? ` ${type}` : ''}, of which nothing can be tested; expected text/event-stream, or describe the target`,
    5,
  )
}

/** The base URL that a bare URL stands for. */
export function originOfUrl(url: string): string {
  const {protocol, host} = parsed(url)
  return originOf(`${protocol}//${host}`)
}

function parsed(url: string): URL {
  const read = URL.canParse(url) ? new URL(url) : undefined
  if (!read || !['http:', 'https:', 'ws:', 'wss:'].includes(read.protocol)) {
    throw new Mistake(`${url}: is no URL of http, https, ws or wss`, 2)
  }
  return read
}

async function probe(url: string, headers: Readonly<Record<string, string>>): Promise<Head> {
  return await new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? getTls : get
    const request = send(
      url,
      {agent: false, headers: {accept: 'text/event-stream, application/json;q=0.9', ...headers}},
      (response) => {
        const {statusCode = 0, headers} = response
        const type = (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase()
        response.destroy()
        resolve({status: statusCode, type})
      },
    )
    request.setTimeout(probeMs, () => request.destroy(new Error(`no answer in ${probeMs} ms`)))
    request.on('error', (error: NodeJS.ErrnoException) =>
      reject(new Mistake(`${url}: cannot be reached: ${error.code ?? error.message}`, 3)),
    )
  })
}
