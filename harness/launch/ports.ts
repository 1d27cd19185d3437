import {connect, createServer} from 'node:net'

/** Ports given out: whose program is down for a restart must find its own still free. */
const given = new Set<number>()
const returnedMs = 10_000

/**
 * A TCP port of 127.0.0.1 that is free now, chosen by the system, and not given out again before it was
 * returned.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await chosenPort()
    if (given.has(port)) continue
    given.add(port)
    return port
  }
}

/** Returns a port: ten seconds later it may be given out again. */
export function returnPort(port: number): void {
  setTimeout(() => given.delete(port), returnedMs).unref()
}

async function chosenPort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/**
 * Whether something accepts TCP connections at the origin now; an answer takes `timeoutMs` at
 * most.
 */
export async function accepts(origin: string, timeoutMs: number): Promise<boolean> {
  const {hostname, port, protocol} = new URL(origin)
  return await new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    })
    const done = (open: boolean): void => {
      socket.destroy()
      resolve(open)
    }
    socket.setTimeout(timeoutMs, () => done(false))
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
  })
}
