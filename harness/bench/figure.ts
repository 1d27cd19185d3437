/** One measured figure beside the limit that the design sets (design: figures to reach). */
export interface Figure {
  readonly what: string
  /** As printed, with its unit. */
  readonly measured: string
  readonly limit: string
  readonly ok: boolean
}

/** The median of some measurements. Throws a RangeError when there is none. */
export function median(samples: readonly number[]): number {
  const middle = samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)]
  if (middle === undefined) throw new RangeError('nothing was measured')
  return middle
}

/** Measures a few times, one after the other, and answers the median. */
export async function medianOf(times: number, measure: () => Promise<number>): Promise<number> {
  const samples: number[] = []
  for (let turn = 0; turn < times; turn++) samples.push(await measure())
  return median(samples)
}

/** Figures as aligned lines. */
export function table(figures: readonly Figure[]): string {
  const widths = (['what', 'measured', 'limit'] as const).map((key) =>
    Math.max(...figures.map((figure) => figure[key].length)),
  )
  return figures
    .map(({what, measured, limit, ok}) => {
      const cells = [what, measured, limit].map((cell, index) => cell.padEnd(widths[index]!))
      return `${ok ? '✓' : '✗'} ${cells.join('   ')}`.trimEnd()
    })
    .join('\n')
}
