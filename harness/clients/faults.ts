import type {HowToLeave} from '../script/common.ts'
import type {Side} from '../trace.ts'
import type {Log} from './recorder.ts'

/** Where what comes in is cut, and how the connection is ended there. */
export interface IncomingCut {
  /** Is told every chunk before anybody else sees it; answers how many bytes of it are still kept once the cut is reached, undefined before. */
  readonly within: (chunk: Buffer) => number | undefined
  readonly how: HowToLeave
}

/** What is done to a connection. */
export interface FaultPlan {
  readonly cut?: IncomingCut
  /** Offsets in all that goes out at which a new segment begins. */
  readonly pieces?: readonly number[]
  /** Time between two segments in ms, default 1. */
  readonly gapMs?: 1 | 2
  /** What the reader is given for a chunk that came in; facts have the chunk itself. Default: the chunk. */
  readonly handed?: (chunk: Buffer) => Buffer
  /** Stays open in our direction when the server has ended its own. */
  readonly halfOpen?: true
}

/** Whom to connect to, and who asks. */
export interface Connecting {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly client: string
  readonly conn: string
  readonly log: Log
  readonly connectMs: number
  readonly signal: AbortSignal
}

/** How a connection ended, as the client sees it: `cut` is a scripted one. */
export interface WireEnd {
  readonly by: Side
  readonly how: 'fin' | 'reset' | 'cut' | 'refused'
  readonly error?: string
}

/** A cut after that many bytes; with 0 the first byte that comes is the one too many. */
export function cutAfter(bytes: number, how: HowToLeave): IncomingCut {
  let left = bytes
  const within = (chunk: Buffer): number | undefined => {
    if (chunk.length < left) {
      left -= chunk.length
      return undefined
    }
    return left
  }
  return {within, how}
}
