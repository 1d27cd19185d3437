import {accessSync, constants, mkdirSync} from 'node:fs'
import {Mistake} from '../mistake.ts'
import {exitCodes} from '../report.ts'

/** Makes the folder that a flag names. Throws a Mistake with the flag when nothing can be written there. */
export function makeFolder(flag: string, folder: string): void {
  if (folder === '') throw new Mistake(`${flag}: it is empty; give a folder`, exitCodes.usage)
  const why = unwritable(folder)
  if (why !== undefined)
    throw new Mistake(`${flag} ${folder}: cannot be written: ${why}`, exitCodes.usage)
}

function unwritable(folder: string): string | undefined {
  try {
    mkdirSync(folder, {recursive: true})
    accessSync(folder, constants.W_OK)
    return undefined
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException
    return code === 'EEXIST' ? 'it is a file; give a folder' : message
  }
}
