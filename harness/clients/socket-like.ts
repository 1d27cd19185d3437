import {Duplex, type DuplexOptions} from 'node:stream'

/**
 * A Duplex with what ws, undici and node:http ask of a `net.Socket`. Its time-outs and its options do nothing:
 * deadlines are the business of the drivers. `cork` does nothing either, so that each write stays visible.
 */
export class SocketLike extends Duplex {
  connecting = true
  readonly remoteAddress: string
  readonly remotePort: number

  constructor(host: string, port: number, options: DuplexOptions) {
    super(options)
    this.remoteAddress = host
    this.remotePort = port
  }

  get readyState(): 'opening' | 'open' | 'closed' {
    if (this.connecting) return 'opening'
    return this.destroyed ? 'closed' : 'open'
  }

  override cork(): void {}
  override uncork(): void {}

  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}
