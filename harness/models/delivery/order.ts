import type {Claims} from '../../target.ts'
import {precedes, type Publication} from './publications.ts'
import {firsts, type Given, type Link} from './views.ts'

/**
 * The first pair of events that was given in an order that real time forbids: the second was
 * acknowledged before the first was sent. Ordering per publisher compares events of one publisher only.
 */
export function disorder(
  given: readonly Given[],
  published: ReadonlyMap<string, Publication>,
  ordering: Claims['ordering'],
): readonly [early: Given, late: Given] | undefined {
  if (ordering === 'none') return undefined
  // Per group, the later event that was acknowledged first: if any pair is wrong, this one is.
  const soonest = new Map<string, {given: Given; one: Publication}>()
  for (const early of given.toReversed()) {
    const one = published.get(early.mark)
    if (!one) continue
    const group = ordering === 'total' ? '' : one.by
    const late = soonest.get(group)
    if (late && precedes(late.one, one)) return [early, late.given]
    if (one.outcome === 'acked' && (!late || one.endedAt < late.one.endedAt))
      soonest.set(group, {given: early, one})
  }
  return undefined
}

/** The first two events that two readers of one channel were given in opposite orders. */
export function disagreement(
  all: readonly Link[],
): {link: Link; other: Link; early: Given; late: Given} | undefined {
  const longest = new Map<string, Link>()
  for (const link of all) {
    const key = `${link.client}\n${link.channel}`
    const known = longest.get(key)
    if (!known || size(link) > size(known)) longest.set(key, link)
  }
  const views = [...longest.values()]
  for (const [index, link] of views.entries()) {
    for (const other of views.slice(0, index)) {
      if (other.channel !== link.channel) continue
      const pair = opposite(held(link), held(other))
      if (pair) return {link, other, ...pair}
    }
  }
  return undefined
}

function size(link: Link): number {
  return link.base.length + link.got.length
}

function held(link: Link): Given[] {
  return firsts([...link.base, ...link.got])
}

function opposite(
  mine: readonly Given[],
  theirs: readonly Given[],
): {early: Given; late: Given} | undefined {
  const place = new Map(theirs.map((given, index) => [given.mark, index]))
  let last: Given | undefined
  for (const given of mine) {
    const here = place.get(given.mark)
    if (here === undefined) continue
    if (last && here < place.get(last.mark)!) return {early: last, late: given}
    last = given
  }
  return undefined
}
