/**
 * Marks identify events: one is minted per publish, and found again in whatever a reader is given.
 * A mark is `~<nonce>.<name>~`; the nonce is that of the case, so that other cases on a shared channel are noise.
 */
const pattern = /~([0-9a-z]+)\.([^~\s]{1,64})~/g

export class Marks {
  readonly nonce: string
  /** What stands for an event where the payload itself does not travel (a digest, say). */
  readonly #tokens = new Map<string, string>()

  constructor(nonce: string) {
    this.nonce = nonce
  }

  /** The mark of the publish of that name. */
  mint(name: string): string {
    return `~${this.nonce}.${name}~`
  }

  /** Lets `token` stand for `mark` in what readers are given. */
  stand(token: string, mark: string): void {
    this.#tokens.set(token, mark)
  }

  /** The marks of this case in a text, in order, each once. */
  in(text: string): string[] {
    const found = new Set<string>()
    for (const match of text.matchAll(pattern)) if (match[1] === this.nonce) found.add(match[0])
    for (const [token, mark] of this.#tokens) if (text.includes(token)) found.add(mark)
    return [...found]
  }

  /** Whether the text bears a mark of another case of any run. */
  foreign(text: string): boolean {
    for (const match of text.matchAll(pattern)) if (match[1] !== this.nonce) return true
    return false
  }
}

/** The name of the publish that a mark was minted for. */
export function nameOf(mark: string): string {
  return mark.slice(mark.indexOf('.') + 1, -1)
}
