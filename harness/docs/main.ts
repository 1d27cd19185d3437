/** `npm run docs`: writes the generated pages and the JSON Schema of descriptions. */
import {writeFile} from 'node:fs/promises'
import {relative} from 'node:path'
import {packageRoot} from '../package.ts'
import {pages} from './pages.ts'

for (const {file, text} of await pages()) {
  await writeFile(file, text)
  process.stdout.write(`${relative(packageRoot, file)}\n`)
}
