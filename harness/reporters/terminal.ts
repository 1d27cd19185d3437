import type {Report, RunVerdict} from '../report.ts'
import {wrap} from './columns.ts'
import {escapeText} from './escape.ts'
import {failureBlock} from './failure.ts'
import {everyCheck, notPassed, overview} from './overview.ts'
import {paintWith, type Paint} from './paint.ts'
import {summaryLine} from './summary.ts'

export interface TerminalOptions {
  readonly colour: boolean
  /** Columns of the terminal; less than 60 is taken as 60. */
  readonly columns: number
  /** Lists every check with its runs and cover, and shows known and waived failures too. */
  readonly verbose: boolean
}

/** A report for a person at a terminal; the last line is always `summaryLine`. */
export function terminal(report: Report, options: TerminalOptions): string {
  const paint = paintWith(options.colour)
  const columns = Math.max(60, options.columns)
  const lines = [
    header(report, paint),
    '',
    ...ended(report, paint, columns),
    ...overview(report, paint, columns),
    ...(options.verbose ? everyCheck(report, paint) : []),
    ...notPassed(report, paint, columns),
    ...deaths(report, paint),
    ...failures(report, {...options, columns}, paint),
    summaryLine(report),
  ]
  return `${lines.join('\n')}\n`
}

function header(report: Report, paint: Paint): string {
  const {name, start} = report.target
  const {profile, seed, shard} = report.run
  const part = shard ? ` · shard ${shard[0]}/${shard[1]}` : ''
  const target = `${paint.bold(escapeText(name))} (${escapeText(start)})`
  return `pushspec ${report.version} · ${target} · profile ${profile} · seed ${seed}${part}`
}

const endings: Partial<Record<RunVerdict, string>> = {
  unreachable: 'the target could not be tested',
  error: 'the harness itself failed',
  interrupted: 'interrupted: this report is not complete',
}

/** Why the run did not get to its end, or what it is that counts besides the checks. */
function ended(report: Report, paint: Paint, columns: number): string[] {
  const ending = endings[report.verdict]
  const because = report.run.because
  if (ending === undefined && because === undefined) return []
  const told = [ending, because].filter((part) => part !== undefined).join(': ')
  const lines = told.split('\n').flatMap((line) => wrap(escapeText(line), columns - 2))
  return [...lines.map((line) => `  ${paint.yellow(line)}`), '']
}

function deaths(report: Report, paint: Paint): string[] {
  if (report.deaths.length === 0) return []
  const lines = report.deaths.map(({invariant, saw, case: file}) => {
    const culprit = invariant ? `, by ${invariant}` : ', cause not reproduced'
    return `  ${paint.red('✗ the target died')}${culprit}: ${escapeText(saw)}${file ? ` (${file})` : ''}`
  })
  return [...lines, '']
}

function failures(report: Report, options: TerminalOptions, paint: Paint): string[] {
  const {columns, verbose} = options
  const {targetFlags} = report.run
  return report.checks
    .filter((check) => verbose || check.verdict === 'fail')
    .flatMap((check) => check.failures.map((failure) => ({check, failure})))
    .flatMap(({check, failure}) => [
      ...failureBlock(check, failure, {paint, columns, targetFlags}),
      '',
    ])
}
