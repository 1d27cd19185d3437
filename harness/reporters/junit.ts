import type {Check, CheckVerdict, Report} from '../report.ts'
import {failureBlock, historyOf} from './failure.ts'
import {areaOf, groupBy, reasonOf, shownLevel} from './overview.ts'
import {looks, paintWith} from './paint.ts'

/**
 * The report as JUnit XML: one suite per mechanism and area, one case per check (its id), the level as
 * class name. A failed or stale check has a `failure` per fingerprint, an inconclusive one is an `error`,
 * and what is waived, known or not claimed is `skipped` with its reason. Written here because
 * junit-xml 1.2.0 turns failures into errors and loses the reasons of what is skipped.
 */
export function junit(report: Report): string {
  const groups = groupBy(report.checks, ({mechanism, id}) => `${mechanism}.${areaOf(id)}`)
  const suites = [...groups].map(([name, checks]) => suite(name, checks, report))
  const ended = unfinished(report)
  const counts = countsOf(report.checks, ended.length)
  const attributes = {name: 'pushspec', ...counts, time: seconds(report.run.wallMs)}
  const root = element('testsuites', attributes, [...ended, ...suites])
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`
}

function suite(name: string, checks: readonly Check[], report: Report): string {
  const {seed, profile, startedAt} = report.run
  const properties = Object.entries({
    target: report.target.name,
    seed: String(seed),
    profile,
    version: report.version,
  }).map(([name, value]) => element('property', {name, value}))
  const time = seconds(checks.reduce((sum, check) => sum + check.ms, 0))
  return element('testsuite', {name, ...countsOf(checks), time, timestamp: startedAt}, [
    element('properties', {}, properties),
    ...checks.map((check) => testcase(check, report)),
  ])
}

function testcase(check: Check, report: Report): string {
  const attributes = {name: check.id, classname: shownLevel(check), time: seconds(check.ms)}
  return element('testcase', attributes, outcomes[check.verdict](check, report))
}

type Outcome = (check: Check, report: Report) => string[]

const skipped: Outcome = (check) => [
  element('skipped', {message: `${looks[check.verdict].word}: ${reasonOf(check)}`}),
]

const outcomes: Readonly<Record<CheckVerdict, Outcome>> = {
  pass: () => [],
  fail: failed,
  stale: (check) => [element('failure', {message: `stale: ${reasonOf(check)}`, type: 'stale'})],
  inconclusive: (check) => [element('error', {message: reasonOf(check), type: 'inconclusive'})],
  known: skipped,
  waived: skipped,
  'not-claimed': skipped,
}

function failed(check: Check, report: Report): string[] {
  const paint = paintWith(false)
  const {targetFlags} = report.run
  if (check.failures.length === 0) return [element('failure', {message: reasonOf(check)})]
  return check.failures.map((failure) => {
    const block = failureBlock(check, failure, {paint, columns: 120, targetFlags})
    const message = `${failure.saw}; expected ${failure.expected}; ${historyOf(failure)}`
    return element('failure', {message, type: failure.kind}, [escapeXml(block.join('\n'))])
  })
}

/** A run that did not get to its end is an error of its own: a reader of this file alone must not take it for green. */
function unfinished(report: Report): string[] {
  const {verdict, run} = report
  if (verdict !== 'unreachable' && verdict !== 'error' && verdict !== 'interrupted') return []
  const message = run.because === undefined ? verdict : `${verdict}: ${run.because}`
  const error = element('error', {message, type: verdict})
  const only = element('testcase', {name: 'run', classname: 'pushspec'}, [error])
  return [element('testsuite', {name: 'pushspec', ...countsOf([], 1)}, [only])]
}

/** The counts of some checks, and of `errors` cases that are none of them. */
function countsOf(checks: readonly Check[], errors = 0): Record<string, string> {
  const count = (...verdicts: CheckVerdict[]): number =>
    checks.filter(({verdict}) => verdicts.includes(verdict)).length
  return {
    tests: String(checks.length + errors),
    failures: String(count('fail', 'stale')),
    errors: String(count('inconclusive') + errors),
    skipped: String(count('known', 'waived', 'not-claimed')),
  }
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3)

function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  children: readonly string[] = [],
): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`)
  const open = `<${name}${list.join('')}`
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

/** Text as XML 1.0 allows it (section 2.2): characters that it cannot hold at all become U+FFFD. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll(/[&<>"]/g, (character) => entities[character] ?? character)
}
