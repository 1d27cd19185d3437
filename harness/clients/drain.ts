import type {Drain} from '../script/common.ts'
import type {Play} from './driver.ts'
import {PollChain} from './poll/chain.ts'
import {emptied, visible} from './poll/settle.ts'
import type {Log} from './recorder.ts'

/**
 * Reads the whole channel from its oldest event until it is empty, twice, with a client of its own. Writes
 * `drained` with the marks that came, in order; twice where the two readings differ. Writes nothing where the
 * target does not let anybody read from the oldest event again, and where a reading failed.
 */
export async function drain(play: Play, step: Drain, log: Log): Promise<void> {
  const endpoint = play.service.target[step.via]
  if (!endpoint || endpoint.cursor.start !== 'oldest' || endpoint.cursor.kind === 'queue') return
  const {client, channel, via} = step
  const open = {do: 'open', client, via, ...(channel !== undefined && {channel})} as const
  const chain = new PollChain(play, client, open, endpoint)
  await play.waiting(async () => {
    await visible(play, chain)
    const first = await reading(play, chain, log)
    const second = first && (await reading(play, chain, log))
    if (!first || !second) return
    const same = JSON.stringify(first) === JSON.stringify(second)
    for (const marks of same ? [first] : [first, second]) {
      log.write({kind: 'drained', client, channel: chain.channel, marks})
    }
  })
}

async function reading(play: Play, chain: PollChain, log: Log): Promise<string[] | undefined> {
  const marks: string[] = []
  const waitedMs = await emptied(play, chain, log, {
    first: {cursor: 'start'},
    onNews: (polled) => marks.push(...polled.marks),
  })
  return waitedMs === undefined ? undefined : marks
}
