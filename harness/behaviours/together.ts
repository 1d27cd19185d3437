import fc from 'fast-check'
import type {Script, Step} from '../script/script.ts'
import {declared, type Mechanism, type Target} from '../target.ts'
import {mostMissed, publishes} from './publishing.ts'

/** One channel read through every mechanism that the target declares, all at once: their logs must agree. */
export function together(target: Target): fc.Arbitrary<Script> {
  const readers = declared(target).filter(
    (mechanism) =>
      mechanism !== 'webhook' && (mechanism !== 'ws' || target.ws?.subscribe !== undefined),
  )
  const most = Math.max(1, Math.min(6, mostMissed(target, 6)))
  return fc
    .tuple(
      publishes('p', fc.integer({min: 1, max: most})),
      publishes('q', fc.integer({min: 0, max: most})),
    )
    .map(([first, second]): Script => [
      ...readers.flatMap((via) => opening(via)),
      ...first,
      {do: 'settle'},
      ...second,
      {do: 'settle'},
    ])
}

function opening(via: Mechanism): Step[] {
  const client = `by-${via}`
  switch (via) {
    case 'poll':
    case 'longpoll':
      return [
        {do: 'open', client, via},
        {do: 'poll', client, ...(via === 'longpoll' && {wait: 0})},
      ]
    case 'sse':
      return [{do: 'open', client, via}]
    case 'ws':
      return [{do: 'open', client, via, route: 'subscribe'}]
    case 'webhook':
      return [{do: 'open', client, via}]
  }
}
