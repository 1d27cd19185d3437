import picocolors from 'picocolors'
import type {CheckVerdict} from '../report.ts'

/** Colours, or functions that leave a text as it is. */
export type Paint = ReturnType<typeof picocolors.createColors>

/** The colours of a report; plain text when `colour` is false. */
export function paintWith(colour: boolean): Paint {
  return picocolors.createColors(colour)
}

interface Look {
  readonly mark: string
  readonly word: string
  readonly colour: 'green' | 'red' | 'yellow' | 'dim' | 'cyan'
}

/** How each verdict looks, in the order of the legend. */
export const looks: Readonly<Record<CheckVerdict, Look>> = {
  pass: {mark: '✓', word: 'passed', colour: 'green'},
  fail: {mark: '✗', word: 'failed', colour: 'red'},
  known: {mark: '~', word: 'known', colour: 'yellow'},
  stale: {mark: '!', word: 'stale', colour: 'red'},
  inconclusive: {mark: '?', word: 'inconclusive', colour: 'yellow'},
  waived: {mark: 'o', word: 'waived', colour: 'cyan'},
  'not-claimed': {mark: '·', word: 'not claimed', colour: 'dim'},
}

/** The mark of a verdict in its colour. */
export function markOf(verdict: CheckVerdict, paint: Paint): string {
  const {mark, colour} = looks[verdict]
  return paint[colour](mark)
}
