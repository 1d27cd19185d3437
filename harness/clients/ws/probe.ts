import type {OpenWs} from '../../script/ws.ts'
import type {Play} from '../driver.ts'
import {Publishers} from '../publish.ts'
import type {Log} from '../recorder.ts'
import {patiently} from '../within.ts'
import type {Subscription} from './subscription.ts'

/** Probes that are published at the most: a stream that gives none of them is not there. */
const maxProbes = 4

/**
 * Waits until a stream is ready where its head does not say so: events are published until one comes back.
 * The stream stays without its `opened` fact when none does.
 */
export async function becomeReady(
  play: Play,
  step: OpenWs,
  subscription: Subscription,
  log: Log,
): Promise<void> {
  const {limits, ws} = play.service.target
  if (ws?.subscribe?.ready !== 'probe') return
  const publishers = new Publishers(play)
  try {
    for (let count = 0; count < maxProbes && !play.signal.aborted; count += 1) {
      const as = `probe-${step.client}-${subscription.probes()}`
      const given = subscription.given(play.marks.mint(as))
      const {channel} = step
      await publishers.publish(
        {do: 'publish', as, by: `probe-${step.client}`, ...(channel !== undefined && {channel})},
        log,
      )
      if (!(await patiently(play, given, limits.deliverMs / maxProbes))) continue
      subscription.opened(log)
      return
    }
  } finally {
    await publishers.end()
  }
}
