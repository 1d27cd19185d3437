import type {ClientStream} from './client-stream.ts'
import {isControl, opcodes} from './frames.ts'

/** A message as it came back. */
export interface Echo {
  readonly type: number
  readonly bytes: Buffer
}

/** A data frame that was sent before any violation or Close, with the type of its message. */
interface Fragment extends Echo {
  readonly fin: boolean
}

const equal = (one: Echo, other: Echo | undefined): boolean =>
  one.type === other?.type && one.bytes.equals(other.bytes)

function fragments({frames, doom}: ClientStream): Fragment[] {
  const found: Fragment[] = []
  let type = 0
  for (const {frame} of frames.slice(0, doom?.index).filter(Boolean)) {
    if (isControl(frame.opcode)) continue
    if (frame.opcode !== opcodes.continuation) type = frame.opcode
    found.push({type, bytes: frame.payload, fin: frame.fin})
  }
  return found
}

/** What there is, before any violation or Close, of a message that is not whole. */
export function unfinished(client: ClientStream): Echo | undefined {
  const all = fragments(client)
  const open = all.slice(all.findLastIndex(({fin}) => fin) + 1)
  const [first] = open
  return first && {type: first.type, bytes: Buffer.concat(open.map(({bytes}) => bytes))}
}

/**
 * Whether the server gives each fragment out as a message of its own: `saw` and the `echoed` messages
 * before it are the first fragments that were sent, in order. Only asked where a message was due
 * that `saw` is not.
 */
function givesFragments(client: ClientStream, echoed: number, saw: Echo): boolean {
  const all = fragments(client)
  return [...client.messages.slice(0, echoed), saw].every((one, index) => equal(one, all[index]))
}

/**
 * Whether to give out the unfinished message is, or may be, the very fault that the violation or the
 * Close tempts to: it is what a new message pushes out, what a Close pushes out, or what a bad empty
 * last fragment completes.
 */
function isTempted({doom, close, behind}: ClientStream): boolean {
  if (close?.midMessage || doom?.rule === 'new-message-inside') return true
  const [bad] = behind
  return doom !== undefined && bad?.opcode === opcodes.continuation && bad.payload.length === 0
}

/**
 * Whether an echo that was not due shows only that the server does not put fragments together (RFC
 * 6455 section 5.4). That it gives out what came before a violation says nothing of how it met the
 * violation.
 */
export function isFragmentAlone(client: ClientStream, echoed: number, saw: Echo): boolean {
  const open = unfinished(client)
  if (open !== undefined && equal(open, saw) && isTempted(client)) return false
  const due = client.messages[echoed]
  if (due === undefined && open !== undefined && equal(open, saw)) return true
  return givesFragments(client, echoed, saw)
}
