import {loadCatalogue, type Found, type Row} from '../engine/catalogue.ts'
import {mechanismOf} from '../invariant.ts'
import {pad, count} from '../reporters/columns.ts'
import {paintWith} from '../reporters/paint.ts'
import {mechanisms} from '../target.ts'
import type {Streams} from './streams.ts'

/** The flags of `pushspec list`, as read. */
export interface ListFlags {
  readonly json?: true
  readonly invariants?: readonly string[]
}

/** `pushspec list`: every check, and the rows of the catalogue that have none yet. Answers 0. Throws Mistakes. */
export async function listCommand(flags: ListFlags, streams: Streams): Promise<number> {
  const {invariants, rows} = await loadCatalogue(flags.invariants)
  const have = new Set(invariants.map(({invariant}) => invariant.id))
  const planned = rows.filter((row) => !have.has(row.id))
  streams.out(flags.json ? listJson(invariants, planned) : listText(invariants, planned, streams))
  return 0
}

/** `{"invariants": […], "planned": […]}`; mutants by the public names that `serve --mutant` takes. */
export function listJson(found: readonly Found[], planned: readonly Row[]): string {
  const invariants = found.map(({invariant}) => {
    const {id, level, claim, needs, cites, mutants} = invariant
    const names = mutants.map(({name}) => `${id}/${name}`)
    return {id, level, mechanism: mechanismOf(id), claim, needs, cites, mutants: names}
  })
  return `${JSON.stringify({invariants, planned}, undefined, 2)}\n`
}

function listText(found: readonly Found[], planned: readonly Row[], streams: Streams): string {
  const paint = paintWith(streams.outColour)
  const all = [
    ...found.map(({invariant: {id, level, claim}}) => ({id, level, claim, mark: '✓'})),
    ...planned.map(({id, level, claim, excluded}) =>
      excluded === undefined
        ? {id, level, claim, mark: '–'}
        : {id, level, claim: `excluded: ${excluded}`, mark: '×'},
    ),
  ]
  const width = Math.max(0, ...all.map(({id}) => id.length))
  const lines = mechanisms.flatMap((mechanism) => {
    const own = all.filter(({id}) => mechanismOf(id) === mechanism)
    if (own.length === 0) return []
    return [
      paint.bold(mechanism),
      ...own.map(({id, level, claim, mark}) => {
        const line = `  ${mark} ${pad(id, width)}  ${pad(level, 8)}  ${claim}`
        return mark === '✓' ? line : paint.dim(line)
      }),
    ]
  })
  const excluded = planned.filter((row) => row.excluded !== undefined).length
  const kinds = [
    `${count(found.length, 'check')} (✓)`,
    `${planned.length - excluded} planned (–)`,
    ...(excluded > 0 ? [`${excluded} excluded (×)`] : []),
  ]
  const total = kinds.join(', ')
  return `${[...lines, '', total].join('\n')}\n`
}
