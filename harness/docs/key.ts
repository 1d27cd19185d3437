/** One key of a description, as documented. */
export interface Key {
  /** Its path: `poll.cursor.send`. */
  readonly path: string
  /** What it takes, in the words of docs/targets.md. */
  readonly type: string
  /** What counts when it is left out; a dash when nothing does. */
  readonly usual: string
  readonly meaning: string
}

/** One row as it is written: path, type, default, meaning. */
export type Row = readonly [path: string, type: string, usual: string, meaning: string]

/** Rows as keys. */
export function keysOf(rows: readonly Row[]): Key[] {
  return rows.map(([path, type, usual, meaning]) => ({path, type, usual, meaning}))
}
