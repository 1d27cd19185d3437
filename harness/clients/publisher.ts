import {Client} from 'undici'
import {statusIn, type PublishEndpoint} from '../target.ts'
import type {Outcome} from '../trace.ts'
import {askOver} from './ask.ts'
import type {Play} from './driver.ts'
import type {Log} from './recorder.ts'
import type {PublishResult} from './service.ts'
import {parsedJson} from './json.ts'
import {fillRequest, readPlace} from './template.ts'

/** One event to publish. */
export interface Publication {
  readonly as: string
  readonly mark: string
  /** The name of the channel on the target. */
  readonly channel: string
  /** The whole text. */
  readonly payload: string
  /** The mark is not in the payload. */
  readonly bare?: true
}

/** A publisher with one kept-alive connection; what it publishes goes out one after the other. */
export class Publisher {
  readonly #play: Play
  readonly #by: string
  readonly #client: Client
  #last: Promise<void> = Promise.resolve()

  constructor(play: Play, by: string) {
    this.#play = play
    this.#by = by
    const {origins, target} = play.service
    this.#client = new Client(origins[0]!, {
      connect: {timeout: target.limits.connectMs},
      // Deadlines are ours, so that every way of ending is one.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  /** Publishes once, never again; writes `publishing` and `published`. Does nothing where the target has no publish. */
  async publish(event: Publication, log: Log): Promise<void> {
    const {publish} = this.#play.service.target
    if (!publish) return
    const mine = this.#last.then(() => this.#publish(publish, event, log))
    this.#last = mine.catch(() => {}) // thrown to the caller of that one
    await mine
  }

  async end(): Promise<void> {
    await this.#client.destroy()
  }

  async #publish(publish: PublishEndpoint, event: Publication, log: Log): Promise<void> {
    const {as, channel, mark, payload} = event
    const {marks, service, signal} = this.#play
    if (signal.aborted) return
    const bare = event.bare && {bare: event.bare}
    log.write({kind: 'publishing', as, mark, by: this.#by, channel, payload, ...bare})
    const ms = service.target.limits.publishMs
    const {token, ...result} = await (publish.hook
      ? this.#byHook(event, AbortSignal.any([signal, AbortSignal.timeout(ms)]), log)
      : this.#byRequest(publish, event, ms))
    if (token !== undefined) marks.stand(token, mark)
    log.write({kind: 'published', as, mark, ...result})
  }

  async #byHook(
    {channel, payload}: Publication,
    signal: AbortSignal,
    log: Log,
  ): Promise<PublishResult> {
    const {hooks, origins} = this.#play.service
    const origin = origins[0]!
    const startedAt = this.#play.recorder.now()
    try {
      const result = hooks.publish?.({origin, channel, payload, signal})
      return await Promise.race([result ?? {outcome: 'unknown' as const}, unknownWhen(signal)])
    } catch (error) {
      const afterMs = Math.round(this.#play.recorder.now() - startedAt)
      log.write({kind: 'gaveUp', what: `the hook that publishes: ${String(error)}`, afterMs})
      return {outcome: 'unknown'}
    }
  }

  async #byRequest(
    publish: PublishEndpoint,
    {channel, payload}: Publication,
    ms: number,
  ): Promise<PublishResult> {
    const {service, signal} = this.#play
    const request = fillRequest(publish.request, {channel, payload}, service.headers)
    if (!request) return {outcome: 'refused'} // it cannot even be said
    const answer = await askOver(this.#client, request, {ms, signal})
    if ('why' in answer) {
      // Refused connections, resets, garbage and deadlines: it may have taken effect.
      const {status} = answer
      return {outcome: 'unknown', ...(status !== undefined && {status})}
    }
    const {body, headers, status} = answer
    const id = publish.id && readPlace(publish.id, headers, parsedJson(body))
    return {outcome: outcomeOf(status, publish), status, ...(id !== undefined && {id})}
  }
}

/** Only a final 4xx says that nothing was published; 408 and 429 ask for another try (RFC 9110 15.5.9, RFC 6585 4). */
function outcomeOf(status: number, {accepted}: PublishEndpoint): Outcome {
  if (statusIn(accepted, status)) return 'acked'
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'refused' : 'unknown'
}

async function unknownWhen(signal: AbortSignal): Promise<PublishResult> {
  return await new Promise((resolve) => {
    const unknown = (): void => resolve({outcome: 'unknown'})
    signal.addEventListener('abort', unknown)
    if (signal.aborted) unknown()
  })
}
