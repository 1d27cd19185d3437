/** A fenced block of code of a Markdown page. */
export interface Block {
  readonly language: string
  readonly text: string
}

/** The fenced blocks of a page, in order. */
export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, language, text]) => ({
    language: language!,
    text: text!,
  }))
}
