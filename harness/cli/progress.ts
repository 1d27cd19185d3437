import type {RunEvent} from '../engine/options.ts'
import type {Streams} from './streams.ts'

/** A live line is written anew at most this often, in ms (eight times a second). */
const livePauseMs = 125
/** Where there is no terminal, a line is added at most this often, in ms. */
const plainPauseMs = 5000
/** No guess of the time that is left before this long, in ms. */
const guessAfterMs = 2000

const clear = '\r\u001b[K'

/** Tells on standard error what a run is at: one live line on a terminal, a plain line every five seconds elsewhere. */
export class Progress {
  readonly #streams: Streams
  readonly #now: () => number
  readonly #what: (event: RunEvent) => string | undefined
  #phase = ''
  #lastAt = Number.NEGATIVE_INFINITY
  #shown = false

  /** `unit` is what `done` and `total` count; `now` is a clock in ms. */
  constructor(streams: Streams, unit = 'cases', now: () => number = () => performance.now()) {
    this.#streams = streams
    this.#now = now
    this.#what = wording(unit, now)
  }

  /** Shows an event, unless another was shown a moment ago; a new phase is always shown. */
  tell(event: RunEvent): void {
    const text = this.#what(event)
    if (text === undefined) return
    const pauseMs = this.#streams.live ? livePauseMs : plainPauseMs
    if (event.is === this.#phase && this.#now() - this.#lastAt < pauseMs) return
    this.#phase = event.is
    this.#lastAt = this.#now()
    this.#show(text)
  }

  /** Clears the live line. */
  end(): void {
    if (this.#shown) this.#streams.err(clear)
    this.#shown = false
  }

  #show(text: string): void {
    const {live, columns} = this.#streams
    if (!live) return this.#streams.err(`${text}\n`)
    this.#streams.err(
      clear +
        Array.from(text)
          .slice(0, columns - 1)
          .join(''),
    )
    this.#shown = true
  }
}

/** Puts events into words; keeps the instant of the first case, to guess the time that is left. */
function wording(unit: string, now: () => number): (event: RunEvent) => string | undefined {
  let firstAt: number | undefined
  return (event) => {
    switch (event.is) {
      case 'launching':
        return `starting ${event.name}`
      case 'playing': {
        firstAt ??= now()
        const {behaviour, done, total, broken} = event
        const left = guess(now() - firstAt, done, total)
        const trouble = broken > 0 ? ` · ${broken} broken` : ''
        return `${behaviour}  ${done}/${total} ${unit}${trouble}${left}`
      }
      case 'confirming':
        return `confirming ${event.id}`
      case 'shrinking':
        return `shrinking ${event.id}  ${event.steps} steps · ${event.tried} tried`
      case 'replaying':
        return `replaying ${event.id}`
      case 'done':
        return undefined
      default:
        return event satisfies never
    }
  }
}

function guess(elapsedMs: number, done: number, total: number): string {
  if (elapsedMs < guessAfterMs || done === 0 || done >= total) return ''
  const seconds = Math.ceil((elapsedMs * (total - done)) / done / 1000)
  return ` · about ${seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`} left`
}
