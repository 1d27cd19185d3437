import {exitCodes} from '../report.ts'
import type {Streams} from './streams.ts'

/** A signal that aborts when the user or the system asks the command to stop. */
export interface Interruption {
  readonly signal: AbortSignal
  /** Gives the signals back to Node. */
  release(): void
}

/** Aborts on the first SIGINT or SIGTERM, so that a partial report can be written; the second ends the process at once with 130. */
export function onInterruption(streams: Streams): Interruption {
  const controller = new AbortController()
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted)
    streams.err('\npushspec: stopping; once more to stop at once\n')
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return {
    signal: controller.signal,
    release() {
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
    },
  }
}
