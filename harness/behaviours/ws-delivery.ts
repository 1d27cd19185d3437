import fc from 'fast-check'
import type {Behaviour} from '../behaviour.ts'
import type {Script, Step} from '../script/script.ts'
import type {Target} from '../target.ts'
import {texts} from './payloads.ts'
import {few, mostMissed, publishes} from './publishing.ts'
import {together} from './together.ts'
import {channels, confirmed, ordered, stalled} from './ws-readers.ts'
import {cut, edges, missed, seam} from './ws-returns.ts'

/** Clients that subscribe and stay: alone or in numbers, to one channel or to several. */
export const subscribes: Behaviour = {
  name: 'ws.subscribes',
  aims: ['payload', 'many', 'together', 'order', 'confirmed', 'channels', 'stalled'],
  // Megabytes that nobody reads: two at a time, and fewer of them.
  destructive: ['stalled'],
  script(target, aim) {
    switch (aim) {
      case 'payload':
        return payload(target)
      case 'together':
        return together(target)
      case 'order':
        return ordered(target)
      case 'confirmed':
        return confirmed(target)
      case 'channels':
        return channels(target)
      case 'stalled':
        return stalled(target)
      default:
        return many(target)
    }
  },
}

/** A subscriber that loses its connection and comes back with the last id that it was given, or with another one. */
export const resumes: Behaviour = {
  name: 'ws.resumes',
  aims: ['missed', 'cut', 'seam', 'edges'],
  script(target, aim) {
    switch (aim) {
      case 'cut':
        return cut(target)
      case 'seam':
        return seam(target)
      case 'edges':
        return edges(target)
      default:
        return missed(target)
    }
  },
}

/** Several subscribers that come and go while several publishers publish. */
function many(target: Target): fc.Arbitrary<Script> {
  const most = Math.max(1, mostMissed(target, 40))
  const over = fc.constantFrom('raw' as const, 'ws' as const)
  return fc
    .tuple(
      fc.integer({min: 1, max: 8}),
      publishes('p', few(1, most)),
      fc.integer({min: 0, max: 2}),
      publishes('q', few(0, most)),
      over,
    )
    .map(([subscribers, first, late, second, over]): Script => {
      const opening = (index: number): Step => ({
        do: 'open',
        client: `c${index + 1}`,
        via: 'ws',
        route: 'subscribe',
        ...(over === 'ws' && index % 2 === 1 && {over}),
      })
      return [
        ...Array.from({length: subscribers}, (_, index) => opening(index)),
        ...first,
        ...Array.from({length: late}, (_, index) => opening(subscribers + index)),
        ...second,
        {do: 'settle'},
      ]
    })
}

/** Payloads as they are, each between two plain neighbours that bear the marks. */
function payload(target: Target): fc.Arbitrary<Script> {
  return fc.array(texts(target), {minLength: 1, maxLength: 4, size: 'max'}).map((all): Script => [
    {do: 'open', client: 'a', via: 'ws', route: 'subscribe'},
    ...all.map((payload, index): Step => ({
      do: 'publish',
      as: `p${index + 1}`,
      mark: 'around',
      payload,
    })),
    {do: 'settle'},
  ])
}
