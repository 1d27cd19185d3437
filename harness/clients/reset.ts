import type {Socket} from 'node:net'

/**
 * Sends RST. While a FIN waits behind unsent bytes libuv refuses to (EINVAL), and Node 20 then never
 * closes the handle and spins when the process ends: so the reset follows the FIN.
 */
export function resetTcp(socket: Socket): void {
  const reset = (): void => {
    // It resets by way of destroySoon, which would first wait for what is not yet sent, and send FIN.
    socket.destroySoon = () => void socket.destroy()
    if (!socket.destroyed) socket.resetAndDestroy()
  }
  if (socket.writableEnded && !socket.writableFinished) socket.once('finish', reset)
  else reset()
}
