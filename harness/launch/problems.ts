import type {z} from 'zod'
import {nearest} from './nearest.ts'
import {descriptionJsonSchema} from './schema.ts'

type Issue = z.core.$ZodIssue
type Key = PropertyKey

/** The part of JSON Schema that is needed to know which keys are allowed somewhere. */
interface Node {
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly anyOf?: readonly Node[]
}

/**
 * One line per problem of a description: the key path, what is wrong, and what is allowed or was
 * meant.
 */
export function problems(issues: readonly Issue[], raw: unknown): string[] {
  return [...new Set(told(issues).flatMap((issue) => lines(issue, raw, [])))]
}

/** The issues without those that merely follow from a misspelt key of the same object. */
function told(issues: readonly Issue[]): readonly Issue[] {
  const misspelt = new Set(
    issues
      .filter((issue) => issue.code === 'unrecognized_keys')
      .map((issue) => pathText(issue.path)),
  )
  return issues.filter((issue) => issue.code !== 'custom' || !misspelt.has(pathText(issue.path)))
}

/** A key path as a user writes it: `sse.path`, `cursor.send[1]`. */
function pathText(path: readonly Key[]): string {
  return path
    .map((key, index) =>
      typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`,
    )
    .join('')
}

const at = (path: readonly Key[], what: string): string =>
  path.length > 0 ? `${pathText(path)}: ${what}` : what

function lines(issue: Issue, raw: unknown, before: readonly Key[]): string[] {
  const path = [...before, ...issue.path]
  const given = valueAt(raw, path)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => at([...path, key], unknownKey(key, allowedKeys(path))))
  }
  if (issue.code === 'invalid_union') {
    const branch = meantBranch(issue.errors, given)
    if (branch) return told(branch).flatMap((inner) => lines(inner, raw, path))
  }
  if (issue.code === 'invalid_value') return [at(path, choice(issue.values.map(String), given))]
  if (issue.code === 'invalid_key') return [at(path, `expected ${issue.issues[0]?.message}`)]
  if (issue.code === 'custom' && !phrased(issue)) return [at(path, issue.message)]
  return [at(path, expected(phrase(issue, path), given))]
}

/** Only the check for a function says what it expects; the other custom ones are sentences. */
const phrased = (issue: Issue): boolean => issue.message.startsWith('a function')

/** What follows "expected": the noun phrase of the schema, or the keys of an object. */
function phrase(issue: Issue, path: readonly Key[]): string {
  if (issue.code === 'too_big' && ownWords(issue)) return `at most ${issue.maximum}`
  if (issue.code === 'too_small' && ownWords(issue)) return `at least ${issue.minimum}`
  if (issue.code !== 'invalid_type') return issue.message
  if (issue.expected === 'object') return `an object with ${allowedKeys(path).join(', ')}`
  if (issue.expected === 'record') return 'an object of texts'
  if (ownWords(issue)) return issue.expected === 'array' ? 'a list' : `a ${issue.expected}`
  return issue.message
}

/** Whether the message is zod's own, and no noun phrase of the schema. */
const ownWords = (issue: Issue): boolean => /^(Invalid|Too)/.test(issue.message)

function unknownKey(key: string, allowed: readonly string[]): string {
  const meant = nearest(key, allowed)
  if (meant) return `no such key; did you mean ${meant}?`
  return `no such key; allowed: ${allowed.join(', ')}`
}

function choice(values: readonly string[], given: unknown): string {
  const meant = typeof given === 'string' ? nearest(given, values) : undefined
  const wanted = values.length > 1 ? values.join(', ').replace(/, ([^,]*)$/, ' or $1') : values[0]!
  return `${expected(wanted, given)}${meant ? `; did you mean ${meant}?` : ''}`
}

function expected(what: string, given: unknown): string {
  return given === undefined
    ? `is missing; expected ${what}`
    : `expected ${what}, got ${shown(given)}`
}

/** A value in an error, short and on one line. */
function shown(given: unknown): string {
  if (typeof given === 'function') return 'a function'
  if (Array.isArray(given)) return `a list of ${given.length}`
  if (typeof given === 'object' && given !== null) return 'an object'
  const text = JSON.stringify(given) ?? String(given)
  return text.length > 60 ? `${text.slice(0, 56)}…"` : text
}

/**
 * The branch of a union that the user meant: the one for such a type of value that got furthest.
 */
function meantBranch(
  branches: readonly (readonly Issue[])[],
  given: unknown,
): readonly Issue[] | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  const fitting = branches.filter(
    (issues) => !issues.some((issue) => issue.path.length === 0 && wrongType(issue)),
  )
  return fitting.toSorted((one, other) => one.length - other.length)[0]
}

const wrongType = (issue: Issue): boolean =>
  issue.code === 'invalid_type' || issue.code === 'invalid_value' || phrased(issue)

function valueAt(raw: unknown, path: readonly Key[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null
        ? (value as Record<Key, unknown>)[key]
        : undefined,
    raw,
  )
}

/** The keys that the schema allows at a path. */
function allowedKeys(path: readonly Key[]): string[] {
  const nodes = path.reduce<readonly Node[]>(
    (nodes, key) => nodes.flatMap((node) => alternatives(node)).flatMap((node) => below(node, key)),
    [descriptionJsonSchema()],
  )
  const keys = nodes.flatMap(alternatives).flatMap((node) => Object.keys(node.properties ?? {}))
  return [...new Set(keys)]
}

function alternatives(node: Node): readonly Node[] {
  return node.anyOf ? node.anyOf.flatMap(alternatives) : [node]
}

function below(node: Node, key: Key): readonly Node[] {
  const next = typeof key === 'number' ? node.items : node.properties?.[String(key)]
  return next ? [next] : []
}
