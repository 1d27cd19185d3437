import type {Key} from './key.ts'
import {claimKeys} from './keys/claims.ts'
import {pollKeys} from './keys/poll.ts'
import {startKeys} from './keys/start.ts'
import {streamKeys} from './keys/stream.ts'
import {webhookKeys} from './keys/webhook.ts'

/** Every key of a description, by the part of docs/targets.md that lists it. */
export const keys: Readonly<Record<string, readonly Key[]>> = {
  start: startKeys,
  poll: pollKeys,
  stream: streamKeys,
  webhook: webhookKeys,
  claims: claimKeys,
}

/** The keys of one part as a Markdown table. Throws a RangeError on an unknown part. */
export function keyTable(part: string): string {
  const rows = keys[part]
  if (!rows) throw new RangeError(`docs/targets.md: there is no part ${part}`)
  return [
    '| key | type | default | meaning |',
    '| --- | --- | --- | --- |',
    ...rows.map(
      ({path, type, usual, meaning}) => `| \`${path}\` | ${type} | ${usual} | ${meaning} |`,
    ),
  ].join('\n')
}
