import type {Limits, LongpollEndpoint, Place, PollEndpoint, Statuses} from '../../target.ts'
import {Mistake} from '../../mistake.ts'
import {present} from '../present.ts'
import {onePlace} from '../schema/grammar.ts'
import type {GivenLongpoll, GivenPoll} from '../schema/poll.ts'
import {requestOf} from './request.ts'

/** A short poll: GET, events in the body itself, no cursor, no tags, visible at once. */
export function pollOf(given: GivenPoll): PollEndpoint {
  return readerOf(given, given.path, 'poll')
}

/**
 * A long poll. The request, the cursor, the shape of events and of emptiness are taken from `poll`
 * where they are left out; a limit and tags are claims about a path, and so are not.
 */
export function longpollOf(
  given: GivenLongpoll,
  poll: GivenPoll | undefined,
  limits: Limits,
): LongpollEndpoint {
  const path = given.path ?? poll?.path
  if (path === undefined) {
    throw new Mistake('longpoll.path: is missing; expected a path such as /events', 2)
  }
  const sharesPath = given.path === undefined
  const inherited = {
    ...(sharesPath ? poll : undefined),
    cursor: poll?.cursor,
    events: poll?.events,
    empty: poll?.empty,
    more: poll?.more,
    visibility: poll?.visibility,
  }
  return {
    ...readerOf({...inherited, ...present(given)}, path, 'longpoll'),
    wait: waitOf(given.wait, limits),
  }
}

function readerOf(
  given: Omit<GivenPoll, 'path'>,
  path: string,
  where: 'poll' | 'longpoll',
): PollEndpoint {
  const cursor = cursorOf(given.cursor, where)
  const request = requestOf({...given, path}, {method: 'GET'})
  const inBody = cursor.send.some((place) => 'body' in place)
  if (inBody && (request.method === 'GET' || request.method === 'HEAD')) {
    throw new Mistake(
      `${where}.method: is ${request.method}, but the cursor is sent in a body; name the method, such as POST`,
      2,
    )
  }
  return present({
    request,
    cursor,
    events: eventsOf(given.events),
    empty: emptyOf(given.empty, cursor.receive),
    limit: limitOf(given.limit, where),
    etag: given.etag ?? false,
    more: given.more,
    visibilityMs: given.visibility ?? 0,
  })
}

/**
 * A declared cursor replays, starts at the oldest event and excludes its own. Without one, nothing
 * can be read again (`queue`). Forging cursors needs a word on what becomes of them (`onGarbage`).
 */
function cursorOf(given: GivenPoll['cursor'], where: string): PollEndpoint['cursor'] {
  if (given && given.send.length !== given.receive.length) {
    const {send, receive} = given
    throw new Mistake(
      `${where}.cursor: ${send.length} places to send but ${receive.length} to receive; each part of a cursor needs both`,
      2,
    )
  }
  return {
    send: given?.send ?? [],
    receive: given?.receive ?? [],
    start: given?.start ?? 'oldest',
    onGarbage: garbageOf(given?.onGarbage),
    inclusive: given?.inclusive ?? false,
    kind: given ? (given.kind ?? 'replay') : 'queue',
    opaque: given?.opaque ?? given?.onGarbage !== undefined,
  }
}

function garbageOf(
  given: NonNullable<GivenPoll['cursor']>['onGarbage'],
): PollEndpoint['cursor']['onGarbage'] {
  if (given === undefined) return {statuses: [[400, 499]]}
  if (given === 'start') return 'start'
  return 'statuses' in given ? {statuses: given.statuses} : {statuses: given}
}

function eventsOf(given: GivenPoll['events']): PollEndpoint['events'] {
  const options = typeof given === 'string' ? {pointer: given} : given
  return present({
    shape: options?.shape ?? ('array' as const),
    pointer: options?.pointer ?? '',
    id: options?.id,
    payload: options?.payload ?? '',
  })
}

/**
 * 204 and 304 say "nothing new" by themselves; a cursor is looked for in them where fields can
 * hold it.
 */
function emptyOf(given: GivenPoll['empty'], receive: readonly Place[]): PollEndpoint['empty'] {
  const inFields = receive.some((place) => 'header' in place)
  const usual: PollEndpoint['empty'] = {
    statuses: [
      [204, 204],
      [304, 304],
    ],
    cursor: inFields ? 'receive' : 'keep',
  }
  if (!given) return usual
  const options: {statuses: Statuses; cursor?: 'receive' | 'keep' | undefined} =
    'statuses' in given ? given : {statuses: given}
  return {statuses: options.statuses, cursor: options.cursor ?? usual.cursor}
}

function limitOf(given: GivenPoll['limit'], where: string): PollEndpoint['limit'] {
  if (!given) return undefined
  const send = onePlace(given)
  if (!send) throw new Mistake(`${where}.limit: name one place: query, header or body`, 2)
  return {send, max: given.max}
}

/**
 * The hold: in ms, without jitter, with the target's slack on either side and its time to deliver
 * for waking; a server that is not asked holds its longest.
 */
function waitOf(given: GivenLongpoll['wait'], limits: Limits): LongpollEndpoint['wait'] {
  const named = ['query', 'header', 'body'].some((key) => key in given)
  const send = onePlace(given)
  if (named && !send) {
    throw new Mistake('longpoll.wait: name at most one place: query, header or body', 2)
  }
  const unit = given.unit ?? 'ms'
  if (unit === 's' && given.max < 1000) {
    throw new Mistake(
      `longpoll.wait.max: ${given.max} ms is less than one unit (s); bare numbers are ms, write ${given.max}s for seconds`,
      2,
    )
  }
  return present({
    send,
    unit,
    maxMs: given.max,
    defaultMs: given.default ?? given.max,
    jitter: given.jitter ?? 0,
    wakeMs: given.wake ?? limits.deliverMs,
    earlyMs: given.early ?? limits.slackMs,
    lateMs: given.late ?? limits.slackMs,
  })
}
