/** Where a command writes, and what may be written there. */
export interface Streams {
  /** The result of the command: standard output. */
  out(text: string): void
  /** Progress and errors: standard error. */
  err(text: string): void
  readonly outColour: boolean
  readonly errColour: boolean
  /** Standard error is a terminal on which a line can be written anew. */
  readonly live: boolean
  /** Columns of the terminal; 100 where there is none. */
  readonly columns: number
}

interface Device {
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Whether a stream gets colours: NO_COLOR wins (no-color.org), then FORCE_COLOR, then whether it is a terminal. */
export function hasColour(device: Device, env: NodeJS.ProcessEnv): boolean {
  if (env['NO_COLOR']) return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false'
  return isTerminal(device, env)
}

function isTerminal(device: Device, env: NodeJS.ProcessEnv): boolean {
  return device.isTTY === true && env['TERM'] !== 'dumb'
}

/**
 * The streams of this process. A reader that goes away (`pushspec list | head`) ends the writing
 * and not the command, so that the exit code stays that of the result.
 */
export function processStreams(): Streams {
  const {stdout, stderr, env} = process
  return {
    out: writerOf(stdout),
    err: writerOf(stderr),
    outColour: hasColour(stdout, env),
    errColour: hasColour(stderr, env),
    live: isTerminal(stderr, env) && !env['CI'],
    columns: stdout.columns ?? stderr.columns ?? 100,
  }
}

function writerOf(stream: NodeJS.WriteStream): (text: string) => void {
  let open = true
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    open = false
  })
  return (text) => {
    if (open) stream.write(text)
  }
}
