import {once} from 'node:events'
import {createServer, type AddressInfo, type Socket} from 'node:net'
import type {LongpollEndpoint, PollEndpoint, SseEndpoint, Target} from '../target.ts'
import type {FactKind, FactOf} from '../trace.ts'
import type {Play} from './driver.ts'
import {Marks} from './marks.ts'
import {Recorder, type Log} from './recorder.ts'

/** What a test gives back when it is over. */
export class Endings {
  readonly #all: (() => unknown)[] = []

  add(end: () => unknown): void {
    this.#all.push(end)
  }

  async end(): Promise<void> {
    for (const end of this.#all.splice(0).toReversed()) await end()
  }
}

/** Reads one request from a socket and answers it; `socket` is raw, so that any bytes can be sent. */
export type Answering = (request: {head: string; body: string}, socket: Socket) => void

/** A server of raw bytes on port 0; answers its origin. */
export async function rawServer(endings: Endings, answering: Answering): Promise<string> {
  const server = createServer({allowHalfOpen: true, noDelay: true}, (socket) => {
    endings.add(() => socket.destroy())
    socket.on('error', () => {})
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = Number(/^content-length: (\d+)/im.exec(text.slice(0, end))?.[1] ?? 0)
      if (text.length < end + 4 + length) return
      const request = {head: text.slice(0, end), body: text.slice(end + 4, end + 4 + length)}
      text = text.slice(end + 4 + length)
      answering(request, socket)
    })
  })
  endings.add(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A response with a body of known length. */
export function response(status: number, body: string, fields = ''): string {
  const bytes = Buffer.from(body, 'utf8').toString('latin1')
  return `HTTP/1.1 ${status} X\r\nContent-Length: ${bytes.length}\r\n${fields}\r\n${bytes}`
}

const limits: Target['limits'] = {
  connectMs: 500,
  headMs: 150,
  answerMs: 150,
  deliverMs: 150,
  publishMs: 500,
  quietMs: 20,
  handshakeMs: 200,
  failMs: 200,
  closeMs: 200,
  tcpCloseMs: 100,
  pongMs: 100,
  maxConnections: 100,
  maxRate: 1000,
  slackMs: 50,
}

const poll: PollEndpoint = {
  request: {method: 'GET', path: '/{channel}', headers: {}, query: {}},
  cursor: {
    send: [{query: 'since'}],
    receive: [{body: '/cursor'}],
    start: 'oldest',
    onGarbage: {statuses: [[400, 400]]},
    inclusive: false,
    kind: 'replay',
    opaque: true,
  },
  events: {shape: 'array', pointer: '/events', id: '/id', payload: '/data'},
  empty: {statuses: [[204, 204]], cursor: 'keep'},
  limit: {send: {query: 'limit'}, max: 10},
  etag: true,
  more: '/more',
  visibilityMs: 0,
}

const longpoll: LongpollEndpoint = {
  ...poll,
  wait: {
    send: {query: 'wait'},
    unit: 'ms',
    maxMs: 100,
    defaultMs: 100,
    jitter: 0,
    wakeMs: 50,
    earlyMs: 5,
    lateMs: 50,
  },
}

const sse: SseEndpoint = {
  request: {method: 'GET', path: '/{channel}', headers: {}, query: {}},
  cursor: {header: 'Last-Event-ID'},
  payload: 'raw',
  initial: 'live',
  ready: 'head',
  controlTypes: ['control'],
}

/** Small and fast limits, and one endpoint of each kind; parts of it can be changed. */
export function targetWith(changes: {
  readonly poll?: Partial<PollEndpoint>
  readonly longpoll?: Partial<LongpollEndpoint>
  readonly sse?: Partial<SseEndpoint>
  readonly publish?: Target['publish']
  readonly claims?: Target['claims']
  readonly limits?: Partial<Target['limits']>
}): Target {
  return {
    name: 'test',
    channel: 'fresh',
    ...(changes.publish && {publish: changes.publish}),
    poll: {...poll, ...changes.poll},
    longpoll: {...longpoll, ...changes.longpoll},
    sse: {...sse, ...changes.sse},
    claims: changes.claims ?? {ordering: 'none', delivery: {}, durable: false},
    limits: {...limits, ...changes.limits},
    restartable: false,
    waive: {},
  }
}

/** A case without a script: a play whose trace can be read. */
export interface Stage {
  readonly play: Play
  readonly recorder: Recorder
  readonly log: Log
  /** Ends the case. */
  readonly over: () => void
  /** The facts of these kinds in order, without their stamps. */
  facts<Kind extends FactKind>(...kinds: Kind[]): Omit<FactOf<Kind>, 'at' | 'step'>[]
}

export function stageOf(endings: Endings, origin: string, target: Target): Stage {
  const recorder = new Recorder()
  const controller = new AbortController()
  const over = (): void => controller.abort()
  endings.add(over)
  const play: Play = {
    service: {target, origins: [origin], headers: {}, hooks: {}},
    recorder,
    marks: new Marks('n'),
    signal: controller.signal,
    channel: (name = 'main') => `c-${name}`,
    waiting: async (wait) => await wait(),
    answers: () => [],
  }
  return {
    play,
    recorder,
    log: recorder.for(0),
    over,
    facts: (...kinds) =>
      recorder.trace
        .filter((fact) => (kinds as FactKind[]).includes(fact.kind))
        .map(({at: _at, step: _step, ...fact}) => fact as never),
  }
}
