import {descriptionJsonSchema} from '../launch/schema.ts'
import {keys} from './keys.ts'

/** The part of JSON Schema (draft 2020-12) that descriptions need. */
export interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  readonly anyOf?: readonly SchemaNode[]
  readonly enum?: readonly string[]
  readonly const?: unknown
  readonly description?: string
}

/** The JSON Schema of a description as it is shipped, with the documented meaning of every key. */
export function describedSchema(): SchemaNode {
  const meanings = new Map<string, string>()
  for (const {path, meaning} of Object.values(keys).flat()) meanings.set(path, meaning)
  const {properties, ...rest} = descriptionJsonSchema() as SchemaNode
  return {
    title: 'pushspec target description',
    ...described({...rest, ...(properties && {properties})}, '', meanings),
  } as SchemaNode
}

/** The keys that a schema allows, as paths, with the schema of each; those of places are left out. */
export function pathsOf(node: SchemaNode, path = ''): [path: string, node: SchemaNode][] {
  const below = Object.entries(node.properties ?? {}).flatMap(([key, inner]) => {
    const own = path ? `${path}.${key}` : key
    return isPlaceKey(key, node)
      ? []
      : [[own, inner] as [string, SchemaNode], ...pathsOf(inner, own)]
  })
  const branches = (node.anyOf ?? []).flatMap((branch) => pathsOf(branch, path))
  return [...below, ...branches, ...(node.items ? pathsOf(node.items, path) : [])]
}

/** `query`, `header` and `body` name a place where they stand side by side. */
function isPlaceKey(key: string, {properties = {}}: SchemaNode): boolean {
  const names = ['query', 'header', 'body']
  return names.includes(key) && names.every((name) => name in properties)
}

function described(
  node: SchemaNode,
  path: string,
  meanings: ReadonlyMap<string, string>,
): SchemaNode {
  const {properties, anyOf, items} = node
  return {
    ...node,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, inner]) => {
          const own = path ? `${path}.${key}` : key
          const description = meaningOf(own, meanings)
          return [key, {...(description && {description}), ...described(inner, own, meanings)}]
        }),
      ),
    }),
    ...(anyOf && {anyOf: anyOf.map((branch) => described(branch, path, meanings))}),
    ...(items && {items: described(items, path, meanings)}),
  }
}

/** A long poll has the keys of a short poll. */
function meaningOf(path: string, meanings: ReadonlyMap<string, string>): string | undefined {
  return meanings.get(path) ?? meanings.get(path.replace(/^longpoll\./, 'poll.'))
}
