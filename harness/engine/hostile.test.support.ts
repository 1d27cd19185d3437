/**
 * A raw server that does one thing wrong to everybody: `node hostile.test.support.js MODE PORT`.
 * It appends its process id to the file PIDS of its environment, so that a test can look for it.
 */
import {createHash} from 'node:crypto'
import {appendFileSync} from 'node:fs'
import {createServer, type Socket} from 'node:net'
import {pathToFileURL} from 'node:url'

/** What each mode does to a connection, and to its requests. */
export const modes = {
  'never-answers': () => {},
  drips(socket: Socket) {
    const text = `${head('application/json')}Content-Length: 100000\r\n\r\n`
    let sent = 0
    const timer = setInterval(() => socket.write(text.charAt(sent++ % text.length)), 100)
    socket.on('close', () => clearInterval(timer))
  },
  'streams-without-end'(socket: Socket, request: string) {
    const [begin, chunk] = endless(request)
    socket.write(begin)
    const timer = setInterval(() => socket.write(chunk), 5)
    socket.on('close', () => clearInterval(timer))
  },
  floods(socket: Socket, request: string) {
    const [begin, chunk] = endless(request)
    socket.write(begin)
    const fill = (): void => {
      while (!socket.destroyed && socket.write(chunk));
    }
    socket.on('drain', fill)
    fill()
  },
  garbage(socket: Socket) {
    // Always the same bytes: every value, those that look like frames and line ends among them.
    socket.write(Buffer.from(Array.from({length: 4096}, (_, index) => (index * 167 + 13) & 255)))
  },
  resets(socket: Socket) {
    socket.resetAndDestroy()
  },
  'says-500'(socket: Socket) {
    socket.end(
      'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    )
  },
  exits(socket: Socket) {
    socket.write('HTTP/1.1 200 OK\r\nContent-Ty', () => process.exit(7))
  },
} as const satisfies Record<string, (socket: Socket, request: string) => void>

/** A way to be hostile. */
export type Mode = keyof typeof modes

const head = (type: string): string => `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\n`

/** A good beginning for what was asked, and what is repeated behind it. */
function endless(request: string): [begin: string, chunk: Buffer] {
  const key = /^sec-websocket-key: *(\S+)/im.exec(request)?.[1]
  if (key !== undefined) {
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    const fields = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept.digest('base64')}`
    const frames = Buffer.concat(
      Array.from({length: 64}, () => Buffer.from('\x81\x02hi', 'latin1')),
    )
    return [`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n\r\n`, frames]
  }
  const stream = /^accept:.*text\/event-stream/im.test(request)
  const chunk = Buffer.from(stream ? 'id: 1\ndata: hi\n\n'.repeat(64) : '[1,'.repeat(1024))
  return [`${head(stream ? 'text/event-stream' : 'application/json')}\r\n`, chunk]
}

function serve(mode: Mode, port: number): void {
  appendFileSync(process.env['PIDS']!, `${process.pid}\n`)
  const server = createServer((socket) => {
    // Clients go away in the middle of everything here.
    socket.on('error', () => socket.destroy())
    socket.once('data', (bytes) => modes[mode](socket, bytes.toString('latin1')))
    socket.resume()
  })
  server.listen(port, '127.0.0.1')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  serve(process.argv[2] as Mode, Number(process.argv[3]))
