import type {Socket} from 'node:net'
import type {OpenSse} from '../../script/sse.ts'
import type {Driver} from '../driver.ts'
import {openSse} from '../sse.ts'
import {
  rawServer,
  stageOf,
  targetWith,
  type Answering,
  type Endings,
  type Stage,
} from '../stage.test.support.ts'

/** The head of a stream. */
export const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n'
/** Every way in which a stream can be read. */
export const overs = ['raw', 'undici', 'eventsource'] as const

/** A client of event streams of a raw server, and what both did. */
export type Listening = Stage & {
  readonly driver: Driver
  readonly heads: string[]
  readonly sockets: Socket[]
  open(step?: Omit<OpenSse, 'do' | 'client' | 'via'>): Promise<void>
  leave(how: 'fin' | 'rst' | 'half' | 'stall', when?: 'settled'): Promise<void>
}

/** Starts a server and makes a client `a` of it, which has no stream yet. */
export async function listening(
  endings: Endings,
  answering: Answering,
  changes: Parameters<typeof targetWith>[0] = {},
): Promise<Listening> {
  const heads: string[] = []
  const sockets: Socket[] = []
  const origin = await rawServer(endings, (request, socket) => {
    heads.push(request.head)
    sockets.push(socket)
    answering(request, socket)
  })
  const stage = stageOf(endings, origin, targetWith(changes))
  const driver = openSse(stage.play, 'a')
  endings.add(() => driver.end())
  return {
    ...stage,
    driver,
    heads,
    sockets,
    open: (step = {}) => driver.perform({do: 'open', client: 'a', via: 'sse', ...step}, stage.log),
    leave: (how, when) =>
      driver.perform({do: 'leave', client: 'a', how, ...(when && {when})}, stage.log),
  }
}

/** Writes the facts of a publish. */
export function publishing(
  it: Listening,
  name: string,
  outcome?: 'acked' | 'refused' | 'unknown',
): void {
  const mark = `~n.${name}~`
  it.log.write({kind: 'publishing', as: name, mark, by: 'w', channel: 'c-main', payload: mark})
  if (outcome) it.log.write({kind: 'published', as: name, mark, outcome})
}
