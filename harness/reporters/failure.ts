import {describe} from '../script/describe.ts'
import type {Check, Failure} from '../report.ts'
import {beside, count, wrap, widthOf} from './columns.ts'
import {escapeText} from './escape.ts'
import {looks, paintWith, type Paint} from './paint.ts'
import {sayRate} from './overview.ts'
import {seenBySteps} from './seen.ts'
import {timeline} from './timeline.ts'

/** What a block needs besides the failure. */
export interface BlockOptions {
  readonly paint: Paint
  /** Columns of a line. */
  readonly columns: number
  /** The flags that give replay the same target. */
  readonly targetFlags: string
}

/**
 * One failure for a person: rule and citation, how it fails, the shrunk script beside what was seen,
 * what was expected, the wire, and how to replay it. Lines without line ends.
 */
export function failureBlock(check: Check, failure: Failure, options: BlockOptions): string[] {
  const {paint, columns} = options
  const look = looks[check.verdict]
  const word = paint.bold(paint[look.colour](check.verdict === 'fail' ? 'FAIL' : look.word))
  return [
    `${word}  ${paint.bold(check.id)}  ${failure.level}  ${failure.kind}`,
    ...indent(wrap(historyOf(failure), columns - 6), 6),
    ...indent(wrap(check.claim, columns - 6), 6),
    ...indent(
      check.cites.map(({source, url}) => paint.dim(url ? `${source}  ${url}` : source)),
      6,
    ),
    '',
    ...scriptBlock(failure, options),
    ...indent(labelled('expected', failure.expected, columns - 2), 2),
    ...indent(labelled('saw', failure.saw, columns - 2), 2),
    '',
    ...wireBlock(failure, options),
    `  ${paint.dim('replay')}    ${replayCommand(failure, options.targetFlags)}`,
  ]
}

/** All failures of a check without colours, 100 columns wide: the message of a failed test. */
export function plainFailures(check: Check, targetFlags: string): string {
  const options = {paint: paintWith(false), columns: 100, targetFlags}
  return check.failures
    .map((failure) => failureBlock(check, failure, options).join('\n'))
    .join('\n\n')
}

/** `fails 10/10 · found in case 37 · shrunk 23 -> 5 steps`. */
export function historyOf(failure: Failure): string {
  const [failed, of] = failure.rate
  const steps = failure.script.length
  const race = failed < of ? ': a race' : ''
  const shrunk =
    failure.stepsBefore > steps
      ? `shrunk ${failure.stepsBefore} -> ${steps} steps`
      : count(steps, 'step')
  const alike =
    failure.sightings > 1 ? ` · ${count(failure.sightings - 1, 'case')} more of this kind` : ''
  const found = failure.foundAt < 0 ? 'found in a saved case' : `found in case ${failure.foundAt}`
  return `${sayRate(failure.rate)}${race} · ${found} · ${shrunk}${alike}`
}

/** The command that plays the case of a failure again. */
export function replayCommand(failure: Failure, targetFlags: string): string {
  const flags = targetFlags === '' ? '' : ` ${targetFlags}`
  return `npx pushspec replay ${shellWord(failure.case)}${flags}`
}

/** A word for a POSIX shell, in single quotes where it has to be. */
export function shellWord(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

function scriptBlock(failure: Failure, {paint, columns}: BlockOptions): string[] {
  const steps = describe(failure.script).map(escapeText)
  const seen = seenBySteps(failure.trace, steps.length)
  const proving = new Set(failure.at.map((fact) => fact.step))
  const number = String(Math.max(0, steps.length - 1)).length
  const room = columns - number - 6
  const left = Math.min(Math.max(6, ...steps.map(widthOf)), Math.floor(room * 0.55))
  const lines = steps.flatMap((step, index) => {
    const rows = beside(step, (seen[index] ?? []).join(' · '), left, room - left)
    return rows.map((row, at) => {
      const line = `  ${at === 0 ? String(index).padStart(number) : ' '.repeat(number)}  ${row}`
      return proving.has(index) ? paint.red(line) : line
    })
  })
  const head = `  ${' '.repeat(number)}  ${beside('script', 'seen', left, room - left)[0] ?? ''}`
  return [paint.dim(head), ...lines, '']
}

function wireBlock(failure: Failure, {paint, columns}: BlockOptions): string[] {
  const lines = timeline(failure.trace, failure.at, {most: 25, width: columns - 2})
  if (lines.length === 0) return []
  return [
    paint.dim('        ms  step'),
    ...lines.map(({text, proves}) => (proves ? paint.red(text) : text)),
    '',
  ]
}

/** A label, and a text behind it that is wrapped in a column of its own. */
function labelled(label: string, text: string, columns: number): string[] {
  return beside(label, escapeText(text), 8, Math.max(20, columns - 10))
}

function indent(lines: readonly string[], by: number): string[] {
  return lines.map((line) => ' '.repeat(by) + line)
}
