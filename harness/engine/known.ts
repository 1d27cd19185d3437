import {nearest} from '../launch/nearest.ts'
import {Mistake} from '../mistake.ts'
import {exitCodes} from '../report.ts'
import {loadRows, type Found, type Row} from './catalogue.ts'
import {globMatches} from './select.ts'

/** Words that must name checks, and what a mistake says before them: the flag or key. */
export interface Naming {
  readonly where: string
  readonly words: readonly string[]
  /** `*` stands for itself; absent = the words are globs. */
  readonly exact?: true
  /** What is only planned may be named too: to leave it out, or to waive it, changes nothing yet. */
  readonly planned?: true
}

/**
 * Throws a Mistake on ids and globs that name no check, one line for each: in silence they would
 * select another run than the user believes. What a shard or a mechanism leaves out is known.
 */
export async function refuseUnknown(
  namings: readonly Naming[],
  found: readonly Found[],
): Promise<void> {
  const ids = found.map(({invariant}) => invariant.id)
  const rows = await loadRows()
  const unknown = namings.flatMap(({where, words, exact, planned}) => {
    const names = exact ? same : globMatches
    const known = planned ? [...ids, ...rows.map(({id}) => id)] : ids
    return words
      .filter((word) => !known.some((id) => names(word, id)))
      .map((word) => ({where, word, names}))
  })
  if (unknown.length === 0) return
  const lines = unknown.map(({where, word, names}) => {
    const allowed = names === same ? ids : [...ids, ...families(ids)]
    const why = planned(rows.filter(({id}) => names(word, id))) ?? unheard(word, allowed)
    return `${where}${word}: ${why}`
  })
  throw new Mistake(lines.join('\n'), exitCodes.usage)
}

const same = (word: string, id: string): boolean => word === id

/** What the catalogue says of the rows that a word names, if there are any. */
function planned([row, ...more]: readonly Row[]): string | undefined {
  if (!row) return undefined
  if (more.length > 0) return 'all that it names is planned, and tried by no check yet'
  if (row.excluded !== undefined) return `is excluded: ${row.excluded}`
  return 'is planned, and tried by no check yet'
}

function unheard(word: string, allowed: readonly string[]): string {
  const meant = nearest(word, allowed)
  const hint = meant === undefined ? 'pushspec list names all' : `did you mean ${meant}?`
  return `no such check; ${hint}`
}

/** Globs for whatever stands before a dot of some id. */
function families(ids: readonly string[]): string[] {
  const leads = ids.flatMap((id) => [...id.matchAll(/\./g)].map(({index}) => id.slice(0, index)))
  return [...new Set(leads)].map((lead) => `${lead}.*`)
}
