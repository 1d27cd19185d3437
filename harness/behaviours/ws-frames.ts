import type {Arbitrary} from 'fast-check'
import type {Behaviour} from '../behaviour.ts'
import type {Script} from '../script/script.ts'
import type {Target} from '../target.ts'
import * as closing from './ws-closing.ts'
import * as leaving from './ws-leaving.ts'
import * as legal from './ws-legal.ts'
import {sizes} from './ws-limits.ts'
import * as pinging from './ws-pings.ts'
import {crosstalk, garbage} from './ws-together.ts'
import * as violations from './ws-violations.ts'

/** The situations of an open connection (RFC 6455 5 to 7), by aim. */
const scripts = {
  lengths: legal.lengthForms,
  keys: legal.keys,
  chopped: legal.chopped,
  coalesced: legal.coalesced,
  fragments: legal.fragmented,
  interleaved: legal.interleaved,
  unicode: legal.unicode,
  'split-texts': legal.splitTexts,
  binary: legal.binary,
  empty: legal.empty,
  stream: legal.stream,
  pings: pinging.pings,
  burst: pinging.burst,
  'stray-pongs': pinging.strayPongs,
  unmasked: violations.unmasked,
  'reserved-bits': violations.reservedBits,
  'reserved-opcodes': violations.reservedOpcodes,
  'long-forms': violations.longForms,
  'top-bits': violations.topBits,
  'cut-lengths': violations.cutLengths,
  orphans: violations.orphans,
  intruders: violations.intruders,
  'fragmented-controls': violations.fragmentedControls,
  'long-controls': violations.longControls,
  'bad-text': violations.badText,
  'cut-texts': violations.cutTexts,
  sizes,
  closes: closing.closes,
  'one-byte': closing.oneByte,
  'bad-codes': closing.badCodes,
  'bad-reasons': closing.badReasons,
  pending: closing.pending,
  'behind-close': closing.behindClose,
  'mid-message': closing.midMessage,
  'server-closes': closing.serverCloses,
  'never-answers': closing.neverAnswers,
  truncates: leaving.truncates,
  'half-closes': leaving.halfCloses,
  resets: leaving.resets,
  garbage,
  crosstalk,
} satisfies Record<string, (target: Target) => Arbitrary<Script>>

/** Clients that open a WebSocket and send frames, whole or wrong, and the ways to end it. */
export const sendsFrames: Behaviour = {
  name: 'ws.sends-frames',
  aims: Object.keys(scripts),
  script(target, aim) {
    if (!(aim in scripts)) throw new RangeError(`'${aim}' is no aim of ws.sends-frames`)
    return scripts[aim as keyof typeof scripts](target)
  },
}
