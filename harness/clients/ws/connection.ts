import type {HowToLeave} from '../../script/common.ts'
import type {CloseWs, FrameSpec} from '../../script/ws.ts'
import type {Side} from '../../trace.ts'
import type {Log} from '../recorder.ts'

/** How a connection that carried frames ended: who ended TCP first, and the code of the server's Close frame. */
export interface Ended {
  readonly by: Side
  readonly code?: number
  /** With a message of which only a part had arrived. */
  readonly partial?: true
}

/** An open WebSocket, raw or by a library. What makes no sense on it now does nothing. */
export interface WsConnection {
  readonly conn: string
  readonly open: boolean
  /** When bytes came in last, in ms of the trace. */
  readonly lastInAt: number
  /** Sends frames as one run of bytes; see `Send` of `script/ws.ts`. */
  send(
    frames: readonly FrameSpec[],
    how: {cuts?: readonly number[]; gapMs?: 1 | 2; omit?: number},
    log: Log,
  ): Promise<void>
  /** Pings with a fresh payload; true when its pong came in time, and then the echoes of what was sent before. */
  fence(log: Log): Promise<boolean>
  /** Waits for the pong of the latest ping. */
  awaitPong(log: Log): Promise<void>
  /** Waits for the server's end; answers its Close frame, unless told to be mute. */
  awaitEnd(log: Log, mute?: boolean): Promise<void>
  close(step: CloseWs, log: Log): Promise<void>
  leave(how: HowToLeave): void
  /** The first end; never rejects. */
  readonly ended: Promise<Ended>
  /** Ends what is left at once, and answers a Close frame that still waits for it. */
  end(): void
}
