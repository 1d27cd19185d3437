/**
 * Something that the user can mend: a wrong flag, a broken description, a target that cannot be reached.
 * It is printed without a stack, and its exit code is that of the command.
 */
export class Mistake extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number) {
    super(message)
    this.name = 'Mistake'
    this.exitCode = exitCode
  }
}
