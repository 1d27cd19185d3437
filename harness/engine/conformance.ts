import {z} from 'zod'
import {nearest} from '../launch/nearest.ts'
import {problems} from '../launch/problems.ts'
import {Mistake} from '../mistake.ts'
import {exitCodes} from '../report.ts'
import {mechanisms} from '../target.ts'
import {profiles} from './options.ts'

const text = z.string('a text').optional()
const globs = z.array(z.string('a glob'), 'a list of globs').optional()

const shape = {
  target: text,
  url: text,
  mechanisms: z.array(z.enum(mechanisms), 'a list of mechanisms').optional(),
  only: globs,
  skip: globs,
  invariants: z.array(z.string('a folder'), 'a list of folders').optional(),
  profile: z.enum(profiles).optional(),
  seed: z
    .int('a whole number')
    .min(0, 'a seed from 0')
    .max(2 ** 31 - 1, 'a seed of 31 bits')
    .optional(),
  out: text,
}

/** Checks the options of `conformance`, which JavaScript does not. Throws a Mistake of one line per problem. */
export function checkConformance(options: unknown): void {
  const keys = Object.keys(shape)
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw wrong([`expected an object with ${keys.join(', ')}`])
  const unknown = Object.keys(options).filter((key) => !keys.includes(key))
  const read = z.object(shape).safeParse(options)
  const lines = [
    ...unknown.map((key) => {
      const meant = nearest(key, keys)
      const hint = meant === undefined ? `allowed: ${keys.join(', ')}` : `did you mean ${meant}?`
      return `${key}: no such option; ${hint}`
    }),
    ...(read.success ? [] : problems(read.error.issues, options)),
  ]
  if (lines.length > 0) throw wrong(lines)
}

function wrong(lines: readonly string[]): Mistake {
  return new Mistake(lines.map((line) => `conformance: ${line}`).join('\n'), exitCodes.usage)
}
