import type {Report} from '../report.ts'
import {escapeText} from './escape.ts'

/** The last line of every run, made to be grepped: counts, cases, seconds, seed and target. */
export function summaryLine(report: Report): string {
  const {passed, failed, known, stale, notClaimed, inconclusive, waived} = report.summary
  const counts = [
    `${passed} passed`,
    `${failed} failed`,
    `${known} known`,
    `${stale} stale`,
    `${notClaimed} not claimed`,
    `${inconclusive} inconclusive`,
    `${waived} waived`,
  ].join(', ')
  const {cases, wallMs, seed} = report.run
  const seconds = Math.round(wallMs / 1000)
  const target = escapeText(report.target.name)
  return `pushspec: ${counts} · ${cases} cases · ${seconds} s · seed ${seed} · target ${target}`
}
