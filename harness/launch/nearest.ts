/**
 * How many letters must be changed, put in, left out or swapped with their neighbour to make one
 * word the other.
 */
function distance(one: string, other: string): number {
  let before: number[] = []
  let last = Array.from({length: other.length + 1}, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const row = [i]
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1]
      const least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      const swapped = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      row[j] = i > 1 && j > 1 && swapped ? Math.min(least, before[j - 2]! + 1) : least
    }
    before = last
    last = row
  }
  return last[other.length]!
}

/**
 * The allowed word that a misspelt one most likely means: at most a third of its letters are
 * wrong, in any case of letters.
 */
export function nearest(word: string, allowed: readonly string[]): string | undefined {
  const ranked = allowed
    .map((candidate) => ({
      candidate,
      wrong: distance(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .sort((one, other) => one.wrong - other.wrong)
  const best = ranked[0]
  return best && best.wrong <= Math.max(1, word.length / 3) ? best.candidate : undefined
}
