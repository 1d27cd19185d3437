import type {Level} from '../invariant.ts'
import {mechanisms} from '../target.ts'
import type {Check, CheckVerdict, Failure, Report} from '../report.ts'
import {count, pad, wrap} from './columns.ts'
import {escapeText} from './escape.ts'
import {looks, markOf, type Paint} from './paint.ts'

/** The area of an id, its second part: `resume` of `sse.resume.exact`. */
export function areaOf(id: string): string {
  return id.split('.')[1] ?? ''
}

/** Things in the order of their first appearance, by key. */
export function groupBy<Thing>(
  things: readonly Thing[],
  key: (thing: Thing) => string,
): Map<string, Thing[]> {
  const groups = new Map<string, Thing[]>()
  for (const thing of things) {
    const name = key(thing)
    const group = groups.get(name)
    if (group) group.push(thing)
    else groups.set(name, [thing])
  }
  return groups
}

/** One row per mechanism: how many of the claimed checks passed, and one mark per check by area; then the legend. */
export function overview(report: Report, paint: Paint, columns: number): string[] {
  const rows = mechanisms.flatMap((mechanism) => {
    const checks = report.checks.filter((check) => check.mechanism === mechanism)
    return checks.length === 0 ? [] : mechanismRow(mechanism, checks, paint, columns)
  })
  return rows.length === 0 ? [] : [...rows, '', ...legend(report.checks, paint, columns), '']
}

function mechanismRow(
  mechanism: string,
  checks: readonly Check[],
  paint: Paint,
  columns: number,
): string[] {
  const claimed = checks.filter((check) => check.verdict !== 'not-claimed')
  const passed = claimed.filter((check) => check.verdict === 'pass').length
  const head = `  ${pad(mechanism, 8)}  `
  if (claimed.length === 0) {
    return [paint.dim(`${head}${'–'.padStart(7)}  not claimed (${count(checks.length, 'check')})`)]
  }
  const share = `${passed}/${claimed.length}`.padStart(7)
  const all = passed === claimed.length ? paint.green(share) : paint.bold(share)
  const areas = [...groupBy(checks, (check) => areaOf(check.id))]
  const lines = flow(areas, columns - head.length - 9, paint)
  return lines.map((line, index) =>
    index === 0 ? `${paint.bold(head)}${all}  ${line}` : ' '.repeat(head.length + 9) + line,
  )
}

/** Areas with their marks, as many in a line as there is room for; an area is never broken. */
function flow(areas: readonly [string, Check[]][], width: number, paint: Paint): string[] {
  const lines: string[] = []
  let line = ''
  let used = 0
  for (const [area, checks] of areas) {
    const size = area.length + 1 + checks.length
    if (used > 0 && used + 2 + size > width) {
      lines.push(line)
      line = ''
      used = 0
    }
    const marks = checks.map((check) => markOf(check.verdict, paint)).join('')
    line += `${used > 0 ? '  ' : ''}${paint.dim(area)} ${marks}`
    used += size + (used > 0 ? 2 : 0)
  }
  return [...lines, line]
}

/** The meaning of the marks that were used, in two lines where one is too narrow. */
function legend(checks: readonly Check[], paint: Paint, columns: number): string[] {
  const seen = new Set(checks.map((check) => check.verdict))
  const entries = (Object.keys(looks) as CheckVerdict[])
    .filter((verdict) => seen.has(verdict))
    .map((verdict) => `${markOf(verdict, paint)} ${paint.dim(looks[verdict].word)}`)
  const half = columns < 84 ? 4 : entries.length
  const rows = [entries.slice(0, half), entries.slice(half)]
  return rows.filter((row) => row.length > 0).map((row) => `  ${row.join('   ')}`)
}

/** Every check that did not pass, with its reason; those of one reason, and what is not claimed, together. */
export function notPassed(report: Report, paint: Paint, columns: number): string[] {
  const claimed = report.checks.filter(({verdict}) => verdict !== 'not-claimed')
  const alike = [...groupBy(claimed.filter(isUntried), ({because = ''}) => because).values()]
  const together = alike.filter((checks) => checks.length >= manyAlike)
  const rest = claimed.filter(
    (check) => check.verdict !== 'pass' && !together.some((checks) => checks.includes(check)),
  )
  const width = Math.max(0, ...rest.map(({id}) => id.length))
  const lines = [
    ...together.flatMap((checks) => untried(checks, claimed, paint, columns)),
    ...rest.flatMap((check) => {
      const lead = `  ${markOf(check.verdict, paint)} ${pad(check.id, width)}  ${pad(shownLevel(check), 8)}  `
      return hang(lead, reasonOf(check), width + 16, columns)
    }),
  ]
  const absent = report.checks.filter((check) => check.verdict === 'not-claimed')
  if (absent.length > 0) {
    const reasons = [...groupBy(absent, (check) => check.because ?? 'not declared')]
      .map(([because, checks]) => `${escapeText(because.replace(told, ''))} (${checks.length})`)
      .join(', ')
    lines.push(...hang(`  ${markOf('not-claimed', paint)} not claimed: `, reasons, 17, columns))
  }
  return lines.length === 0 ? [] : [...lines, '']
}

/** What stands before a list of what is not claimed need not be said of each. */
const told = /^the target does not claim /

/** So many checks that are inconclusive for one reason are told together. */
const manyAlike = 3

const isUntried = ({verdict, failures}: Check): boolean =>
  verdict === 'inconclusive' && failures.length === 0

/** Checks of one reason: their number, the reason, and behind it their ids, `ws.*` for all of a mechanism. */
function untried(
  checks: readonly Check[],
  claimed: readonly Check[],
  paint: Paint,
  columns: number,
): string[] {
  const ids = [...groupBy(checks, ({mechanism}) => mechanism)].flatMap(([mechanism, own]) => {
    const all = claimed.filter((check) => check.mechanism === mechanism).length
    return own.length === all ? [`${mechanism}.*`] : own.map(({id}) => id)
  })
  const name = `${count(checks.length, 'check')}: `
  const lead = `  ${markOf('inconclusive', paint)} ${name}`
  const names = wrap(ids.join(', '), columns - 6).map((line) => `      ${paint.dim(line)}`)
  return [...hang(lead, escapeText(checks[0]?.because ?? ''), 4 + name.length, columns), ...names]
}

/** A text behind a lead of `indent` columns; where there is no room for it, on lines of its own. */
function hang(lead: string, text: string, indent: number, columns: number): string[] {
  if (columns - indent < 24 && text !== '') {
    return [lead.trimEnd(), ...wrap(text, columns - 6).map((line) => `      ${line}`)]
  }
  const [first = '', ...more] = wrap(text, columns - indent)
  return [(lead + first).trimEnd(), ...more.map((line) => ' '.repeat(indent) + line)]
}

/** The level that counts: the highest among what was found, which may be lower than that of the row. */
export function shownLevel({level, failures}: Check): Level {
  const found = levels.find((one) => failures.some((failure) => failure.level === one))
  return found ?? level
}

const levels: readonly Level[] = ['MUST', 'PRACTICE', 'SHOULD', 'MAY']

/** Why a check did not pass, in one line: the engine's reason, and how it failed. */
export function reasonOf(check: Check): string {
  const failures = check.failures.map(({kind, rate}) => `${kind}, ${sayRate(rate)}`)
  const because = check.because === undefined ? [] : [escapeText(check.because)]
  return [...because, ...failures].join(' · ')
}

/** How often a script failed when it was played again. */
export function sayRate([failed, of]: Failure['rate']): string {
  return failed === 0 ? `seen once, not again in ${of} replays` : `fails ${failed}/${of}`
}

/** Every check with its runs, its time, its cover and its notes. */
export function everyCheck(report: Report, paint: Paint): string[] {
  const width = Math.max(0, ...report.checks.map(({id}) => id.length))
  const lines = report.checks.flatMap((check) => {
    const effort = `${String(check.runs).padStart(6)} runs ${String(Math.round(check.ms)).padStart(6)} ms`
    const cover = Object.entries(check.cover)
      .map(([label, {seen, floor}]) =>
        floor > 0 ? `${label} ${seen}/${floor}` : `${label} ${seen}`,
      )
      .join('  ')
    const why = check.verdict === 'not-claimed' ? escapeText(check.because ?? '') : cover
    const line = `  ${markOf(check.verdict, paint)} ${pad(check.id, width)}  ${pad(check.level, 8)} ${effort}  ${paint.dim(why)}`
    return [line.trimEnd(), ...check.notes.map((note) => `      ${paint.dim(escapeText(note))}`)]
  })
  return lines.length === 0 ? [] : [...lines, '']
}
