import {once} from 'node:events'
import {createServer, type AddressInfo, type Server, type Socket} from 'node:net'
import {header, requestReader, type Headers, type RequestFact} from '../models/http.ts'

/** Takes over a connection that was just accepted; must attach its listeners at once. */
export type Connected = (socket: Socket) => void

const noContent = 'HTTP/1.1 204 No Content\r\n\r\n'
const noContentThenClose = 'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'
/** Asks for the body that a sender holds back (RFC 9110 15.2.1). */
export const goOn = 'HTTP/1.1 100 Continue\r\n\r\n'

/** A listener of its own port on the loopback interface: one webhook endpoint, or a place that only a Location names. */
export class Receiver {
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #connected: Connected
  #port = 0

  private constructor(connected: Connected) {
    this.#connected = connected
  }

  /** Listens on 127.0.0.1 on a port that the system chooses; throws the system's error. */
  static async start(connected: Connected = acknowledge): Promise<Receiver> {
    const receiver = new Receiver(connected)
    await receiver.listen()
    return receiver
  }

  /** `http://127.0.0.1:<port>`, the same for the receiver's whole life. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get listening(): boolean {
    return this.#server !== undefined
  }

  /** Gives later connections to `connected`. */
  attach(connected: Connected): void {
    this.#connected = connected
  }

  /** Listens again on the same port; throws the system's error when it was taken. */
  async listen(): Promise<void> {
    if (this.#server) return
    // Half-open, so that a sender that ends its own direction still gets its answer.
    const server = createServer({allowHalfOpen: true, noDelay: true}, (socket) => {
      this.#sockets.add(socket)
      // A reset is news for the handler, where it listens; nobody else may fall over it.
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
      this.#connected(socket)
    })
    server.listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  /** Stops listening: connections are refused from now on. Those that stand are left alone. */
  refuse(): void {
    this.#server?.close()
    this.#server = undefined
  }

  /** Destroys every connection that stands. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Stops listening and destroys every connection. */
  close(): void {
    this.refuse()
    this.drop()
  }
}

/** Answers 204 to every request of a connection (or to one, and closes it), and tells `onFact` what it read. */
export function acknowledge(
  socket: Socket,
  onFact: (fact: RequestFact) => void = () => {},
  then: 'keep' | 'close' = 'keep',
): void {
  let reader = requestReader()
  socket.on('data', (bytes: Buffer) => {
    let rest = bytes
    while (rest.length > 0) {
      for (const fact of reader.push(rest)) {
        onFact(fact)
        acknowledgeFact(socket, fact, then)
      }
      if (!reader.done) return
      rest = reader.rest()
      reader = requestReader()
    }
  })
  socket.on('end', () => socket.end())
}

function acknowledgeFact(socket: Socket, fact: RequestFact, then: 'keep' | 'close'): void {
  if (fact.kind === 'head' && expectsContinue(fact.head.headers)) socket.write(goOn)
  if (fact.kind === 'complete' && then === 'keep') socket.write(noContent)
  if (fact.kind === 'complete' && then === 'close') socket.end(noContentThenClose)
  if (fact.kind === 'malformed') socket.destroy()
}

/** Whether a request waits for `100 Continue` before its body (RFC 9110 10.1.1). */
export function expectsContinue(headers: Headers): boolean {
  return header(headers, 'expect')?.toLowerCase() === '100-continue'
}

/** Static slots: receivers that listen before the target starts, lent to one case at a time. */
export class ReceiverPool {
  /** What the target is configured with, in the order of the slots. */
  readonly urls: readonly string[]
  readonly #receivers: readonly Receiver[]
  readonly #free: Receiver[]
  readonly #waiting: ((receiver: Receiver | undefined) => void)[] = []
  readonly #returning = new Set<NodeJS.Timeout>()

  constructor(receivers: readonly Receiver[]) {
    this.#receivers = receivers
    this.#free = [...receivers]
    this.urls = receivers.map((receiver) => receiver.url)
  }

  /** Lends a quiet slot, first come first served; undefined when the signal aborts first, or the pool is closed. */
  async take(signal?: AbortSignal): Promise<Receiver | undefined> {
    const free = this.#free.shift()
    if (free || signal?.aborted) return free
    return await new Promise((resolve) => {
      const aborted = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(lent), 1)
        resolve(undefined)
      }
      const lent = (receiver: Receiver | undefined): void => {
        signal?.removeEventListener('abort', aborted)
        resolve(receiver)
      }
      signal?.addEventListener('abort', aborted)
      this.#waiting.push(lent)
    })
  }

  /**
   * Takes a slot back. It answers 204 to everything until nothing came for `quietMs`, and is lent
   * again only then: a sender that retries for ever must not reach the next case.
   * A slot whose port was taken meanwhile is lent no more.
   */
  async giveBack(receiver: Receiver, quietMs: number): Promise<void> {
    let lastAt = performance.now()
    receiver.attach((socket) => {
      const heard = (): void => {
        lastAt = performance.now()
      }
      heard()
      socket.on('data', heard)
      // A connection that is kept alive would take what is meant for the next case.
      acknowledge(socket, () => {}, 'close')
    })
    receiver.drop()
    if (!(await listensAgain(receiver))) return
    const look = (): void => {
      const remaining = lastAt + quietMs - performance.now()
      if (remaining <= 0) return this.#lend(receiver)
      const timer = setTimeout(() => {
        this.#returning.delete(timer)
        look()
      }, remaining)
      timer.unref()
      this.#returning.add(timer)
    }
    look()
  }

  /** Closes every slot; who waits for one gets none. */
  close(): void {
    for (const timer of this.#returning) clearTimeout(timer)
    for (const receiver of this.#receivers) receiver.close()
    this.#free.length = 0
    for (const lent of this.#waiting.splice(0)) lent(undefined)
  }

  #lend(receiver: Receiver): void {
    receiver.drop()
    const lent = this.#waiting.shift()
    if (lent) lent(receiver)
    else this.#free.push(receiver)
  }
}

/** False when somebody else listens on the port now. */
async function listensAgain(receiver: Receiver): Promise<boolean> {
  try {
    await receiver.listen()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false
    throw error
  }
}

/** Makes a pool of `count` static slots, for a target whose endpoints stand in its configuration. */
export async function createReceivers(count: number): Promise<ReceiverPool> {
  return new ReceiverPool(await Promise.all(Array.from({length: count}, () => Receiver.start())))
}
