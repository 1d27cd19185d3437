import {loadCatalogue, type Found, type Row} from '../engine/catalogue.ts'
import {aimsOf, type Invariant} from '../invariant.ts'
import {nearest} from '../launch/nearest.ts'
import {Mistake} from '../mistake.ts'
import {exitCodes} from '../report.ts'
import {count, wrap} from '../reporters/columns.ts'
import {paintWith} from '../reporters/paint.ts'
import type {Streams} from './streams.ts'

/** The flags of `pushspec explain`, as read. */
export interface ExplainFlags {
  readonly invariants?: readonly string[]
}

/** `pushspec explain`: what one check demands, who says so, and how it is tried. Answers 0. Throws a Mistake on an unknown id. */
export async function explainCommand(
  id: string,
  flags: ExplainFlags,
  streams: Streams,
): Promise<number> {
  const {invariants, rows} = await loadCatalogue(flags.invariants)
  const found = invariants.find(({invariant}) => invariant.id === id)
  const row = rows.find((row) => row.id === id)
  if (!found && !row) throw unknownId(id, invariants, rows)
  const text = found ? explained(found.invariant, streams) : explainedRow(row!, streams)
  streams.out(`${text.join('\n')}\n`)
  return 0
}

function unknownId(id: string, invariants: readonly Found[], rows: readonly Row[]): Mistake {
  const ids = [...invariants.map(({invariant}) => invariant.id), ...rows.map((row) => row.id)]
  const meant = nearest(id, ids)
  const hint = meant === undefined ? 'pushspec list names all' : `did you mean ${meant}?`
  return new Mistake(`${id}: no such check; ${hint}`, exitCodes.usage)
}

/** A label and the lines behind it, in a column of their own. */
function section(label: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `  ${(index === 0 ? label : '').padEnd(10)}${line}`.trimEnd())
}

function explained(invariant: Invariant, streams: Streams): string[] {
  const paint = paintWith(streams.outColour)
  const {id, level, claim, cites, needs, behaviour, cover, mutants} = invariant
  const floors = Object.entries(cover).map(
    ([label, floor]) => `${label}  at least ${count(floor, 'case')}`,
  )
  const seeded = mutants.flatMap(({name, bug, kind}) => [`${id}/${name}`, `  ${bug}: ${kind}`])
  return [
    `${paint.bold(id)}  ${level}`,
    ...wrap(claim, streams.columns - 2).map((line) => `  ${line}`),
    '',
    ...section(
      'cites',
      cites.map(({source, url}) => (url ? `${source}  ${url}` : source)),
    ),
    ...section('needs', [needs.length > 0 ? needs.join(', ') : 'nothing but the mechanism']),
    ...section('tried by', [`${behaviour.name}, aimed at ${aimsOf(invariant).join(', ')}`]),
    ...section('cover', floors.length > 0 ? floors : ['no floor']),
    ...section('finds', seeded),
    '',
    paint.dim(`  pushspec serve --mutant ${id}/${mutants[0].name}`),
  ]
}

function explainedRow({id, level, claim, needs, tier}: Row, streams: Streams): string[] {
  const paint = paintWith(streams.outColour)
  return [
    `${paint.bold(id)}  ${level}  planned, tier ${tier}: no check tries it yet`,
    ...wrap(claim, streams.columns - 2).map((line) => `  ${line}`),
    '',
    ...section('needs', [needs.length > 0 ? needs.join(', ') : 'nothing but the mechanism']),
  ]
}
