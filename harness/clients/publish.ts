import {payloadText, type Publish} from '../script/common.ts'
import type {Play} from './driver.ts'
import {Publisher} from './publisher.ts'
import type {Log} from './recorder.ts'

/** Who publishes where a script does not say it. */
const nameless = 'publisher'

/** The publishers of one case, by name; each has a connection of its own. */
export class Publishers {
  readonly #play: Play
  readonly #publishers = new Map<string, Publisher>()

  constructor(play: Play) {
    this.#play = play
  }

  /** Performs a publish step: writes `publishing` and `published`, three times each for `mark: 'around'`. */
  async publish(step: Publish, log: Log): Promise<void> {
    const {as} = step
    const {marks} = this.#play
    const channel = this.#play.channel(step.channel)
    const text = payloadText(step.payload)
    const publisher = this.#by(step.by ?? nameless)
    if (step.mark !== 'around') {
      await publisher.publish(marked(this.#play, as, channel, text), log)
      return
    }
    await publisher.publish(marked(this.#play, `${as}.before`, channel), log)
    const mark = marks.mint(as)
    await publisher.publish({as, mark, channel, payload: text, bare: true}, log)
    await publisher.publish(marked(this.#play, `${as}.after`, channel), log)
  }

  /** Ends all connections. */
  async end(): Promise<void> {
    await Promise.all([...this.#publishers.values()].map((publisher) => publisher.end()))
  }

  #by(name: string): Publisher {
    let publisher = this.#publishers.get(name)
    if (!publisher) this.#publishers.set(name, (publisher = new Publisher(this.#play, name)))
    return publisher
  }
}

/** A publish of that name with its mark in front of the payload. */
function marked(play: Play, as: string, channel: string, payload = ''): Marked {
  const mark = play.marks.mint(as)
  return {as, mark, channel, payload: payload === '' ? mark : `${mark} ${payload}`}
}

interface Marked {
  readonly as: string
  readonly mark: string
  readonly channel: string
  readonly payload: string
}

/**
 * Publishes probes named `probe-<conn>-<n>` on a channel of the target, one after the other, until `received`
 * says that one came back or `ms` are over; answers whether one did. Every probe is a publish like any other.
 */
export async function probe(
  play: Play,
  {channel, conn, ms, received}: Probing,
  log: Log,
): Promise<boolean> {
  const {recorder, service, signal} = play
  const publisher = new Publisher(play, 'prober')
  const until = recorder.now() + ms
  try {
    for (let number = 1; recorder.now() < until && !signal.aborted; number += 1) {
      await publisher.publish(marked(play, `probe-${conn}-${number}`, channel), log)
      const waitMs = Math.min(service.target.limits.quietMs, until - recorder.now())
      if (await received(Math.max(1, waitMs))) return true
    }
    return false
  } finally {
    await publisher.end()
  }
}

/** How a stream is probed. */
export interface Probing {
  /** The name of the channel on the target. */
  readonly channel: string
  readonly conn: string
  /** How long probes are sent at the most. */
  readonly ms: number
  /** Whether a probe has come back, now or within that many ms. */
  readonly received: (ms: number) => Promise<boolean>
}
