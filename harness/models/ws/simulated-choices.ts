/** The choices of an endpoint; `correctChoices` holds one legal set. */
export interface Choices {
  /** How it fails a connection, and with which code in place of the usual one. */
  readonly failBy: 'close' | 'tcp' | 'reset'
  readonly failCode: (usual: number) => number | undefined
  /** Fails on bad text at once, or when the message is whole. */
  readonly earlyUtf8: boolean
  /** Fails on a header before the rest of its frame is there. */
  readonly eager: boolean
  readonly refuseLongForms: boolean
  /** Answers only the last ping of those that came together. */
  readonly mergePongs: boolean
  /** Sends echoes behind the pongs of the same read. */
  readonly lateEchoes: boolean
  /** Payload bytes per fragment of an echo. */
  readonly echoFragment: number
  readonly heartbeat: Buffer | undefined
  /** Messages after which it leaves, and how. */
  readonly leaveAfter: number
  readonly leaveBy: number | 'tcp'
  /** Waits for the client's Close, at most 900 ms, before it closes TCP behind its own. */
  readonly leaveWaits: boolean
  readonly maxMessage: number
  /** How many bits of a length it takes. */
  readonly lengthBits: number
  /** Gives each fragment out as a message of its own. */
  readonly givesFragments: boolean
  /** Rules that it does not enforce. */
  readonly ignores: ReadonlySet<string>
  readonly echo: (
    type: number,
    parts: readonly Buffer[],
    controls: readonly Buffer[],
  ) => {type: number; bytes: Buffer} | undefined
  readonly pong: (payload: Buffer) => Buffer | undefined
  readonly closeReply: (body: Buffer) => Buffer | undefined
  readonly closesTcp: boolean
  /** Goes on reading and answering behind the client's Close. */
  readonly readsOn: boolean
  /** Bytes that it writes behind its own Close. */
  readonly afterClose: Buffer
  readonly onFin: 'close' | 'stay'
}

/** A plain legal endpoint. */
export const correctChoices: Choices = {
  failBy: 'close',
  failCode: (usual) => usual,
  earlyUtf8: false,
  eager: false,
  refuseLongForms: false,
  mergePongs: false,
  lateEchoes: false,
  echoFragment: Infinity,
  heartbeat: undefined,
  leaveAfter: Infinity,
  leaveBy: 1001,
  leaveWaits: false,
  maxMessage: Infinity,
  lengthBits: 64,
  givesFragments: false,
  ignores: new Set(),
  echo: (type, parts) => ({type, bytes: Buffer.concat(parts)}),
  pong: (payload) => payload,
  closeReply: (body) => body.subarray(0, 2),
  closesTcp: true,
  readsOn: false,
  afterClose: Buffer.alloc(0),
  onFin: 'close',
}
