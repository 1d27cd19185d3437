/** The values that flags take; each reader throws commander's InvalidArgumentError, which names the flag. */
import {InvalidArgumentError} from 'commander'
import {nearest} from '../launch/nearest.ts'

/** What --reporter takes. */
export const reporterNames = ['terminal', 'json', 'junit'] as const

export type ReporterName = (typeof reporterNames)[number]

/** Seeds are numbers of 31 bits, as fast-check wants them. */
const largestSeed = 2 ** 31 - 1

function whole(text: string, least: number, most: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`)
}

/** A seed, from 0. */
export function seed(text: string): number {
  return whole(text, 0, largestSeed)
}

/** A number of things, from 1. */
export function amount(text: string): number {
  return whole(text, 1, 1_000_000)
}

/** A TCP port; 0 lets the system choose. */
export function port(text: string): number {
  return whole(text, 0, 65_535)
}

const unitsMs: Readonly<Record<string, number>> = {ms: 1, s: 1000, m: 60_000, h: 3_600_000}

/** A duration in ms: `500ms`, `90s`, `5m`, `1h`; a bare number is seconds. */
export function duration(text: string): number {
  const match = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text)
  const ms = match ? Math.round(Number(match[1]) * unitsMs[match[2] ?? 's']!) : 0
  if (ms > 0) return ms
  throw new InvalidArgumentError('Give a time such as 500ms, 90s, 5m or 1h.')
}

/** Part i of n: `2/4`. */
export function shard(text: string): readonly [number, number] {
  const match = /^(\d{1,4})\/(\d{1,4})$/.exec(text)
  const [part, parts] = [Number(match?.[1]), Number(match?.[2])]
  if (part >= 1 && part <= parts) return [part, parts]
  throw new InvalidArgumentError('Give part and number of parts, such as 2/4; the first is 1/4.')
}

/** Adds the words of a comma-separated list to those of earlier flags of the same name. */
export function list(text: string, before: readonly string[] = []): readonly string[] {
  const words = text.split(',').map((word) => word.trim())
  if (words.includes('')) throw new InvalidArgumentError('It is empty, or has an empty part.')
  return [...before, ...words]
}

/** A reader of one of some words. */
export function oneOf<Word extends string>(allowed: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = allowed.find((word) => word === text)
    if (word !== undefined) return word
    const meant = nearest(text, allowed)
    const hint = meant === undefined ? '' : ` Did you mean ${meant}?`
    throw new InvalidArgumentError(`Allowed: ${allowed.join(', ')}.${hint}`)
  }
}

/** A reader of a comma-separated list of some words, which may be given several times. */
export function someOf<Word extends string>(
  allowed: readonly Word[],
): (text: string, before?: readonly Word[]) => readonly Word[] {
  const one = oneOf(allowed)
  return (text, before = []) => [...before, ...list(text).map((word) => one(word))]
}

/** Adds a field `Name: value` to those of earlier flags (RFC 9110 section 5). */
export function header(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*)$/.exec(text)
  if (!match) throw new InvalidArgumentError("Give a field such as 'Authorization: Bearer …'.")
  return {...before, [match[1]!]: match[2]!.trimEnd()}
}

/** Adds one folder or file to those of earlier flags of the same name. */
export function path(text: string, before: readonly string[] = []): readonly string[] {
  if (text === '') throw new InvalidArgumentError('It is empty.')
  return [...before, text]
}

/** The seed of a day, yyyymmdd in UTC, so that every run of a day agrees wherever it runs. */
export function seedOf(day: Date): number {
  return Number(day.toISOString().slice(0, 10).replaceAll('-', ''))
}
