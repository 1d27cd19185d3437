import fc from 'fast-check'
import type {Publish} from '../script/common.ts'
import type {Target} from '../target.ts'

/** How many events a reader may miss on this target so that all of them are still owed to it. */
export function mostMissed(target: Target, most: number): number {
  return Math.max(0, Math.min(most, (target.claims.resume?.events ?? 2) - 1))
}

/** `count` publishes named `<prefix>1` and so on, one after the other or (the hurried choice) at once by several publishers. */
export function publishes(
  prefix: string,
  count: fc.Arbitrary<number>,
  hurried = true,
): fc.Arbitrary<Publish[]> {
  return fc
    .tuple(count, fc.constantFrom(1, 2, 3), fc.constantFrom(false, hurried))
    .map(([count, publishers, background]) => batch(prefix, count, publishers, background))
}

/** `count` publishes named `<prefix>1` and so on, by publishers that take turns. */
export function batch(
  prefix: string,
  count: number,
  publishers: number,
  background: boolean,
): Publish[] {
  return Array.from({length: count}, (_, index) => ({
    do: 'publish' as const,
    as: `${prefix}${index + 1}`,
    ...(publishers > 1 && {by: `w${index % publishers}`}),
    ...(background && {background: true as const}),
  }))
}

/** A number of events: mostly a few, so that a script is soon short, and sometimes up to `most`. */
export function few(least: number, most: number): fc.Arbitrary<number> {
  return fc.oneof(
    {arbitrary: fc.integer({min: least, max: Math.min(least + 2, most)}), weight: 3},
    {arbitrary: fc.integer({min: least, max: most}), weight: 1},
  )
}

/** Steps in blocks, each made by `block` from its number; the unhurried and small come first. */
export function blocks<Step>(
  most: number,
  block: (number: number) => fc.Arbitrary<readonly Step[]>,
): fc.Arbitrary<Step[]> {
  return fc
    .integer({min: 1, max: most})
    .chain((count) => fc.tuple(...Array.from({length: count}, (_, index) => block(index + 1))))
    .map((parts) => parts.flat())
}
