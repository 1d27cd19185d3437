type Kept<Given> = {
  [Key in keyof Given as undefined extends Given[Key] ? never : Key]: Given[Key]
} & {
  [Key in keyof Given as undefined extends Given[Key] ? Key : never]?: Exclude<
    Given[Key],
    undefined
  >
}

/**
 * The object without its undefined values: what was left out stays out, so that it is plain JSON.
 */
export function present<Given extends object>(given: Given): Kept<Given> {
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as Kept<Given>
}
