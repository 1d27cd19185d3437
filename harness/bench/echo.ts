/** The `ws` library as an echo server: `node echo.js PORT`. It is the target of the benchmark, in a process of its own. */
import {WebSocketServer} from 'ws'

const server = new WebSocketServer({host: '127.0.0.1', port: Number(process.argv[2])})
server.on('connection', (socket) => {
  // A client that goes away in the middle is no news for an echo.
  socket.on('error', () => socket.terminate())
  socket.on('message', (data, binary) => socket.send(data, {binary}))
})
