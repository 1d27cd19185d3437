import {expect, test} from 'vitest'
import type {Target} from '../../target.ts'
import {returnsOutOfReach} from './verdict.ts'

test.each([
  [undefined, 'head', []],
  [3, 'head', []],
  [3, 'probe', ['missed:2+']],
  [2, 'head', ['missed:2+']],
  [1, 'head', ['missed:2+', 'missed:1', 'cut', 'seam']],
] as const)(
  'where %s events are kept and ready is %s, %j is out of reach',
  (events, ready, labels) => {
    const resume = events === undefined ? undefined : {events}
    const target = {claims: {resume}, sse: {ready}} as unknown as Target
    expect(returnsOutOfReach('sse', target)).toEqual(labels)
    // How a reader of another mechanism becomes ready changes nothing.
    const other = {...target, sse: {ready: 'head'}, ws: {subscribe: {ready}}} as unknown as Target
    expect(returnsOutOfReach('ws', other)).toEqual(labels)
    expect(returnsOutOfReach('sse', other)).toEqual(ready === 'probe' ? [] : labels)
  },
)
