/** The number of columns of a text without escape sequences; every code point counts as one. */
export function widthOf(text: string): number {
  return Array.from(text).length
}

/** Breaks a text at spaces into lines of at most `width` columns; a word that is longer is broken anywhere. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (widthOf(longer) <= width) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    const pieces = chunk(word, width)
    lines.push(...pieces.slice(0, -1))
    line = pieces.at(-1) ?? ''
  }
  lines.push(line)
  return lines
}

function chunk(word: string, width: number): string[] {
  const points = Array.from(word)
  const pieces: string[] = []
  for (let from = 0; from < points.length; from += width) {
    pieces.push(points.slice(from, from + width).join(''))
  }
  return pieces
}

/** A text with spaces up to `width` columns. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

/** `1 check`, `2 checks`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** Two texts side by side, each wrapped in its own column: lines of `left` (padded to `leftWidth`), two spaces, `right`. */
export function beside(
  left: string,
  right: string,
  leftWidth: number,
  rightWidth: number,
): string[] {
  const lefts = wrap(left, leftWidth)
  const rights = wrap(right, rightWidth)
  return Array.from({length: Math.max(lefts.length, rights.length)}, (_, row) =>
    `${pad(lefts[row] ?? '', leftWidth)}  ${rights[row] ?? ''}`.trimEnd(),
  )
}
