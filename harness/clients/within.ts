import type {Play} from './driver.ts'

/** Shorter waits keep the working slot: giving it back costs more. */
const briefMs = 20

/** What `promise` comes to within `ms`; undefined after that, or when the signal aborts. */
export async function within<Result>(
  promise: Promise<Result>,
  ms: number,
  signal: AbortSignal,
): Promise<Result | undefined> {
  if (signal.aborted) return undefined
  const late = deferred<undefined>()
  const over = (): void => late.resolve(undefined)
  const timer = setTimeout(over, ms)
  signal.addEventListener('abort', over)
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', over)
  }
}

/** The same; a wait that takes long gives the working slot of the case back. */
export async function patiently<Result>(
  play: Play,
  promise: Promise<Result>,
  ms: number,
): Promise<Result | undefined> {
  const soon = await within(promise, Math.min(ms, briefMs), play.signal)
  if (soon !== undefined || ms <= briefMs || play.signal.aborted) return soon
  return await play.waiting(() => within(promise, ms - briefMs, play.signal))
}

/** A promise with its resolver. */
export interface Deferred<Result> {
  readonly promise: Promise<Result>
  readonly resolve: (result: Result) => void
}

/** `Promise.withResolvers`, which Node 20 lacks. */
export function deferred<Result>(): Deferred<Result> {
  let resolve: (result: Result) => void = () => {}
  const promise = new Promise<Result>((done) => {
    resolve = done
  })
  return {promise, resolve}
}
