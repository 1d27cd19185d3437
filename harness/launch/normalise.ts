/**
 * From what a user writes to what the harness works with. Every default stands here or in
 * `normalise/`.
 */
import type {Hooks} from '../clients/service.ts'
import {Mistake} from '../mistake.ts'
import {declared, type Target} from '../target.ts'
import {fillEnvironment} from './environment.ts'
import {claimsOf, limitsOf} from './normalise/claims.ts'
import {longpollOf, pollOf} from './normalise/poll.ts'
import {publishOf} from './normalise/publish.ts'
import {asObject} from './normalise/request.ts'
import {sseOf} from './normalise/sse.ts'
import {startOf, type Start} from './normalise/start.ts'
import {webhookOf} from './normalise/webhook.ts'
import {wsOf} from './normalise/ws.ts'
import {holds, misspeltPlaceholders} from './placeholders.ts'
import {present} from './present.ts'
import {problems} from './problems.ts'
import {secretsOf} from './redact.ts'
import {description, type ParsedDescription} from './schema.ts'

/** A description that was checked, split into data, functions, and how to start it. */
export interface Normalised {
  readonly target: Target
  readonly hooks: Hooks
  readonly start: Start
  /** Sent with every request; secrets are filled in. */
  readonly headers: Readonly<Record<string, string>>
  /** What `redact` must hide: values from the environment, credentials and cookies. */
  readonly secrets: readonly string[]
}

/**
 * Checks a description and fills in its defaults. `headers` are added to its own (flag --header).
 * Throws a Mistake (exit 2) with one line per problem: key path, what is wrong, what is allowed.
 */
export function normalise(
  raw: unknown,
  env: NodeJS.ProcessEnv,
  headers: Readonly<Record<string, string>> = {},
): Normalised {
  const misspelt = misspeltPlaceholders(raw)
  if (misspelt.length > 0) throw new Mistake(misspelt.join('\n'), 2)
  const {value, used} = fillEnvironment(raw, env)
  const read = description.safeParse(value)
  if (!read.success) throw new Mistake(problems(read.error.issues, raw).join('\n'), 2)
  const given = read.data
  const start = startOf(given.start)
  const target = targetOf(given, start)
  const all = {...given.headers, ...headers}
  const ofFields = [all, ...fieldsOf(target)].flatMap((some) => (some ? secretsOf(some) : []))
  return {
    target,
    hooks: hooksOf(given),
    start,
    headers: all,
    secrets: [...new Set([...used, ...ofFields])],
  }
}

/** All fields that some request of the harness bears. */
function fieldsOf(target: Target): (Readonly<Record<string, string>> | undefined)[] {
  const {longpoll, poll, publish, sse, webhook, ws} = target
  const requests = [publish, poll, longpoll, sse, webhook?.register, ws?.inbox?.read]
  const routes = [ws?.plain, ws?.echo, ws?.subscribe, ws?.inbox]
  return [...requests.map((one) => one?.request.headers), ...routes.map((one) => one?.headers)]
}

function targetOf(given: ParsedDescription, start: Start): Target {
  const limits = limitsOf(given.limits)
  const canPublish = given.publish !== undefined
  const poll = given.poll === undefined ? undefined : asObject(given.poll)
  const endpoints = present({
    publish: given.publish && publishOf(given.publish),
    poll: poll && pollOf(poll),
    longpoll: given.longpoll && longpollOf(given.longpoll, poll, limits),
    sse: given.sse === undefined ? undefined : sseOf(asObject(given.sse), canPublish),
    ws: given.ws === undefined ? undefined : wsOf(asObject(given.ws), canPublish),
    webhook: given.webhook && webhookOf(given.webhook, limits.slackMs),
  })
  const data: Target = {
    name: given.name,
    channel: channelOf(given),
    ...endpoints,
    claims: claimsOf(undefined, []),
    limits,
    restartable: start.by === 'command',
    waive: given.waive ?? {},
  }
  const mechanisms = declared(data)
  if (mechanisms.length === 0) {
    throw new Mistake('needs one of poll, longpoll, sse, ws, webhook: nothing else is tested', 2)
  }
  return {...data, claims: claimsOf(given.claims, mechanisms)}
}

/** Cases have channels of their own when the publish can name one. */
function channelOf({channel, publish}: ParsedDescription): Target['channel'] {
  const hooked = typeof publish === 'function' || publish?.hook !== undefined
  const named = holds(publish, '{channel}')
  if (channel === 'fresh' && publish && !hooked && !named) {
    throw new Mistake('channel: fresh needs {channel} in publish; write it there, or single', 2)
  }
  return channel ?? (named ? 'fresh' : 'single')
}

function hooksOf({publish}: ParsedDescription): Hooks {
  const hook = typeof publish === 'function' ? publish : publish?.hook
  return hook ? {publish: hook} : {}
}
