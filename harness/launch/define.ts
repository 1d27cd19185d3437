import type {Description} from './schema.ts'

/** A target description as it is, with its types: what `pushspec.config.ts` exports by default. */
export function defineTarget(description: Description): Description {
  return description
}
