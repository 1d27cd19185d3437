import type {Report} from '../report.ts'

/** The report as JSON (schema `pushspec.report/1`), two spaces, with a line end. */
export function json(report: Report): string {
  return `${JSON.stringify(report, undefined, 2)}\n`
}
