import {Mistake} from '../mistake.ts'

const variable = /(\$?)\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/** A value with its `${NAME}`s filled in, and what was filled in. */
export interface Filled {
  readonly value: unknown
  /** The values of all variables that were used, each once. */
  readonly used: readonly string[]
}

/**
 * Fills `${NAME}` in every text of a description from the environment; `$${NAME}` stands for
 * `${NAME}` itself.
 * Throws a Mistake with one line per missing variable, each with its key path.
 */
export function fillEnvironment(raw: unknown, env: NodeJS.ProcessEnv): Filled {
  const used = new Set<string>()
  const missing: string[] = []
  const fill = (given: unknown, path: string): unknown => {
    if (typeof given === 'string') {
      return given.replaceAll(variable, (whole, escaped: string, name: string) => {
        if (escaped) return whole.slice(1)
        const value = env[name]
        if (value === undefined) missing.push(`${path}: the environment has no ${name}; set it`)
        else used.add(value)
        return value ?? ''
      })
    }
    if (Array.isArray(given)) return given.map((item, index) => fill(item, `${path}[${index}]`))
    if (typeof given !== 'object' || given === null) return given
    return Object.fromEntries(
      Object.entries(given).map(([key, value]) => [
        key,
        fill(value, path ? `${path}.${key}` : key),
      ]),
    )
  }
  const value = fill(raw, '')
  if (missing.length > 0) throw new Mistake(missing.join('\n'), 2)
  return {value, used: [...used]}
}
