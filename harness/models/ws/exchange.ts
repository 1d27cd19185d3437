import type {Kind, RuleName} from './rules.ts'

/** Bytes of one write or one read. `at` is in ms: before the write, on the read. */
export interface Chunk {
  readonly dir: 'out' | 'in'
  readonly at: number
  readonly bytes: Buffer
}

/** One connection from its 101 on (the 101 head itself left out), in order of happening. */
export interface Exchange {
  readonly chunks: readonly Chunk[]
  /**
   * How it ended. by server: its FIN or RST was seen. by client: the client closed or reset its
   * socket, and nothing was seen from then on (a half-close is `clientFin`, not an end).
   * open (by none): still open when the client stopped watching.
   */
  readonly end: {
    readonly how: 'open' | 'fin' | 'reset'
    readonly by: 'client' | 'server' | 'none'
    readonly at: number
  }
  /** When the client half-closed, ms. */
  readonly clientFin?: number
  /** How long the client went on watching after its last byte out, ms. */
  readonly watchedMs: number
  /** Whether the server's process ended; left out where nobody looked. */
  readonly died?: boolean
  /** When the client had read the 101, ms; without it, ready-at-101 is never exercised. */
  readonly openedAt?: number
  /** How many of the first bytes out were sent with the request; left out: none. */
  readonly earlyBytes?: number
  /** When the harness asked the server to start a close, ms. */
  readonly closeTriggeredAt?: number
}

/** What the target declares about the endpoint. */
export interface Terms {
  /** It echoes every message: same type, same bytes, in order, and sends none of its own. */
  readonly echo: boolean
  readonly textOnly: boolean
  /** Bytes of the greatest message that it accepts; above, it must end the connection. */
  readonly maxMessage?: number
  /** Bytes that every message may have where no `maxMessage` is declared. */
  readonly guaranteedMessage: number
  /** Longer length forms than needed must be refused. */
  readonly strict: boolean
  readonly limits: {
    readonly failMs: number
    readonly closeMs: number
    readonly tcpCloseMs: number
    readonly pongMs: number
    /** From its own Close that nobody answers to the end of TCP; absent = not declared, so never. */
    readonly unansweredMs?: number
  }
  /**
   * Pings are known to be answered ahead of messages that came before them: then a fence says
   * nothing about earlier echoes. Left out: it says that they must have come before the end.
   */
  readonly pongOvertakesEcho?: boolean
}

/** The first rule that broke. */
export interface Break {
  readonly rule: RuleName
  readonly kind: Kind
  /** There only where the level is lower than that of the rule's row. */
  readonly level?: 'SHOULD'
  readonly expected: string
  readonly saw: string
  /** When it was certain, ms. */
  readonly at: number
  /** Only that a limit of time passed makes it so. */
  readonly timed?: true
  /** The chunk that made it certain; absent where time or the end did. */
  readonly chunk?: number
}

/** What one exchange showed. A rule that is exercised and did not break, held. */
export interface Judgement {
  readonly exercised: ReadonlySet<RuleName>
  readonly broken?: Break
  readonly notes: readonly string[]
}
