import type {Streams} from './streams.ts'

/** Streams that keep what is written, for the tests of commands. */
export interface Captured extends Streams {
  readonly outText: () => string
  readonly errText: () => string
}

/** Streams without colour that keep what is written; `live` as on a terminal. */
export function capture(live = false): Captured {
  let outText = ''
  let errText = ''
  return {
    out(text) {
      outText += text
    },
    err(text) {
      errText += text
    },
    outText: () => outText,
    errText: () => errText,
    outColour: false,
    errColour: false,
    live,
    columns: 60,
  }
}
