import type {MutantRow, SelftestResult, SilentRow} from '../engine/options.ts'
import {count, pad} from './columns.ts'
import {escapeText} from './escape.ts'
import {groupBy} from './overview.ts'
import {paintWith, type Paint} from './paint.ts'

export interface MatrixOptions {
  readonly colour: boolean
}

/**
 * The kill matrix of a self-test: per invariant its mutants with kills, median number of cases to the kill,
 * steps of the shrunk script and kind; then how silent the correct servers were; then one line to be grepped.
 */
export function matrix(result: SelftestResult, options: MatrixOptions): string {
  const paint = paintWith(options.colour)
  const lines = [
    ...mutants(result, paint),
    ...result.silent.flatMap((row) => silent(row, result.interrupted ? ' so far' : '', paint)),
    ...(result.silent.length > 0 ? [''] : []),
    lastLine(result),
  ]
  return `${lines.join('\n')}\n`
}

function mutants({rows, interrupted}: SelftestResult, paint: Paint): string[] {
  if (rows.length === 0) return []
  const width = Math.max(0, ...rows.map((row) => nameOf(row).length))
  const head = paint.dim(`    ${pad('mutant', width)}  kills  cases  steps  kind`)
  const groups = [...groupBy(rows, (row) => row.invariant)].flatMap(([invariant, rows]) => [
    `  ${paint.bold(invariant)}`,
    ...rows.flatMap((row) => mutant(row, width, interrupted, paint)),
  ])
  return [head, ...groups, '']
}

/** The name of a mutant without its invariant. */
function nameOf(row: MutantRow): string {
  const lead = `${row.invariant}/`
  return row.mutant.startsWith(lead) ? row.mutant.slice(lead.length) : row.mutant
}

function mutant(row: MutantRow, width: number, interrupted: boolean, paint: Paint): string[] {
  // Nobody knows whether it would have been found.
  if (interrupted && !row.ok) return [paint.dim(`  – ${pad(nameOf(row), width)}  not found so far`)]
  const kills = `${row.killed}/${row.of}`.padStart(5)
  const cases = String(row.medianCases ?? '–').padStart(5)
  const steps = String(row.steps ?? '–').padStart(5)
  const others = row.kinds.filter((kind) => kind !== row.kind)
  const kind = others.length > 0 ? `${row.kind} (seen: ${row.kinds.join(', ')})` : row.kind
  const mark = row.ok ? paint.green('✓') : paint.red('✗')
  const line = `  ${mark} ${pad(nameOf(row), width)}  ${kills}  ${cases}  ${steps}  ${kind}`
  if (row.ok) return [line]
  return [line, `      ${paint.red(row.because ?? 'not found')} – ${escapeText(row.bug)}`]
}

function silent(row: SilentRow, soFar: string, paint: Paint): string[] {
  if (!wasTried(row)) return [`  ${paint.dim(`– ${row.name} was not tried`)}`]
  if (row.findings.length === 0) {
    return [
      `  ${paint.green('✓')} ${row.name} is silent${soFar}  ${paint.dim(count(row.cases, 'case'))}`,
    ]
  }
  const accusations = row.findings.flatMap(({invariant, kind, expected, saw, case: file}) => [
    `      ${invariant}  ${kind}`,
    `        expected  ${escapeText(expected)}`,
    `        saw       ${escapeText(saw)}`,
    ...(file === undefined ? [] : [`        case      ${file}`]),
  ])
  return [
    `  ${paint.red('✗')} ${row.name} was accused ${count(row.findings.length, 'time')}`,
    ...accusations,
  ]
}

/** Whether anything was played that could have led to an accusation. */
function wasTried({cases, findings}: SilentRow): boolean {
  return cases > 0 || findings.length > 0
}

function lastLine(result: SelftestResult): string {
  const {rows, seeds} = result
  const killed = rows.filter((row) => row.ok).length
  const silent = result.silent.filter((row) => wasTried(row) && row.findings.length === 0).length
  const medians = rows
    .flatMap((row) => (row.ok ? (row.medianCases ?? []) : []))
    .toSorted((a, b) => a - b)
  const median = medians[Math.floor((medians.length - 1) / 2)]
  const mutants = rows.length > 0 ? [`${killed} of ${rows.length} mutants found`] : []
  const cases = result.silent.reduce((sum, row) => sum + row.cases, 0)
  const parts = [
    ...mutants,
    `${silent} of ${result.silent.length} correct servers silent in ${count(cases, 'case')}`,
    ...(median === undefined ? [] : [`median ${count(median, 'case')} to the kill`]),
    `seeds ${seeds.join(',')}`,
    `${Math.round(result.wallMs / 1000)} s`,
    endOf(result),
  ]
  return `selftest: ${parts.join(' · ')}`
}

function endOf({ok, interrupted}: SelftestResult): string {
  if (interrupted) return 'interrupted'
  return ok ? 'ok' : 'not ok'
}
