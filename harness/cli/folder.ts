import {accessSync, constants, existsSync, mkdirSync, statSync} from 'node:fs'
import {dirname, resolve} from 'node:path'
import {Mistake} from '../mistake.ts'
import {exitCodes} from '../report.ts'

/** Makes the folder that a flag names. Throws a Mistake with the flag when nothing can be written there. */
export function makeFolder(flag: string, folder: string): void {
  if (folder === '') throw new Mistake(`${flag}: it is empty; give a folder`, exitCodes.usage)
  const why = unwritable(resolve(folder))
  if (why !== undefined)
    throw new Mistake(`${flag} ${folder}: cannot be written: ${why}`, exitCodes.usage)
}

function unwritable(folder: string): string | undefined {
  try {
    make(folder)
    accessSync(folder, constants.W_OK)
  } catch (error) {
    return (error as Error).message
  }
  return statSync(folder).isDirectory() ? undefined : 'it is a file; give a folder'
}

/** Node's own recursive mkdir never ends below /proc (20.20). */
function make(folder: string): void {
  if (existsSync(folder)) return
  make(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    // Another run may have made it a moment ago.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
