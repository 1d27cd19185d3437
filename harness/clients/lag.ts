/** How often the event loop is looked at, in ms: a standstill is told so long after it at the latest. */
export const lagPeriodMs = 10
/** Shorter stops are what timers are like, and are no news. */
const worthTellingMs = 15

const watchers = new Set<(ms: number) => void>()
let timer: NodeJS.Timeout | undefined
let expected = 0
const worst: number[] = []

function tick(): void {
  const now = performance.now()
  const late = now - expected
  expected = now + lagPeriodMs
  worst.push(late)
  if (late >= worthTellingMs) for (const watcher of watchers) watcher(Math.round(late))
}

/** Tells `watcher` whenever the event loop stood still for 15 ms or more, until the function that it answers is called. */
export function watchLag(watcher: (ms: number) => void): () => void {
  watchers.add(watcher)
  if (!timer) {
    expected = performance.now() + lagPeriodMs
    timer = setInterval(tick, lagPeriodMs)
    timer.unref()
  }
  return () => {
    watchers.delete(watcher)
    if (watchers.size === 0 && timer) {
      clearInterval(timer)
      timer = undefined
    }
  }
}

/** The 99th percentile of the event loop's lag since the last call, in ms; 0 when nothing was watched. */
export function lagP99Ms(): number {
  const sorted = worst.splice(0).toSorted((a, b) => a - b)
  return Math.max(0, Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0))
}
