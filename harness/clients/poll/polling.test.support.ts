import type {PollStep} from '../../script/poll.ts'
import type {Driver} from '../driver.ts'
import {openPoll} from '../poll.ts'
import {
  rawServer,
  response,
  stageOf,
  targetWith,
  type Answering,
  type Endings,
  type Stage,
} from '../stage.test.support.ts'

/** A polling client of a raw server, and what both did. */
export type Polling = Stage & {
  readonly driver: Driver
  readonly heads: string[]
  perform(step: Omit<Extract<PollStep, {do: 'poll'}>, 'do' | 'client'>): Promise<void>
  step(step: PollStep): Promise<void>
}

/** Starts a server and opens a polling client `a` of it. */
export async function polling(
  endings: Endings,
  answering: Answering,
  changes: Parameters<typeof targetWith>[0] = {},
  open: {via?: 'poll' | 'longpoll'; over?: 'raw' | 'undici'} = {},
): Promise<Polling> {
  const heads: string[] = []
  const origin = await rawServer(endings, (request, socket) => {
    heads.push(request.head)
    answering(request, socket)
  })
  const stage = stageOf(endings, origin, targetWith(changes))
  const driver = openPoll(stage.play, 'a')
  endings.add(() => driver.end())
  await driver.perform({do: 'open', client: 'a', via: 'poll', ...open}, stage.log)
  const step = (step: PollStep): Promise<void> => driver.perform(step, stage.log)
  return {
    ...stage,
    driver,
    heads,
    step,
    perform: (poll) => step({do: 'poll', client: 'a', ...poll}),
  }
}

/** A channel of events `1` to n with marks, read by `since` and `limit` as the reference does. */
export function channel(events: string[]): Answering {
  return ({head}, socket) => {
    const query = new URL(head.split(' ')[1] ?? '', 'http://h').searchParams
    const since = Number(query.get('since') ?? 0)
    if (!/^\d*$/.test(query.get('since') ?? '') || since > events.length) {
      socket.write(response(400, '{}'))
      return
    }
    const some = events.slice(since, since + Number(query.get('limit') ?? 100))
    const cursor = String(since + some.length)
    const body = {
      events: some.map((data, index) => ({id: String(since + index + 1), data})),
      cursor,
      more: since + some.length < events.length,
    }
    const tag = `"${since}-${cursor}"`
    const same = head.includes(`if-none-match: ${tag}`)
    socket.write(same ? response(304, '') : response(200, JSON.stringify(body), `ETag: ${tag}\r\n`))
  }
}

/** A whole answer with one event. */
export const whole = '{"events":[{"id":"1","data":"~n.p1~"}],"cursor":"1"}'
