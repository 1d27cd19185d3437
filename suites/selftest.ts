/** The suite itself on trial: the reference and every variant are silent, every mutant is found for its kind. It needs the build (`npm test` makes it first). */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {join} from 'node:path'
import {text} from 'node:stream/consumers'
import {expect, test} from 'vitest'
import {packageRoot} from '../harness/package.ts'

const main = join(packageRoot, 'dist', 'harness', 'cli', 'main.js')

/** As a user runs it: judges that vitest has transformed are slower. Its garbage is more than the default young generation takes. */
const command = ['--max-semi-space-size=64', main, 'selftest', '--seed', '1']

test(
  'nobody correct is accused, and every mutant is found',
  {timeout: 15 * 60_000},
  async ({signal}) => {
    const {PATH = ''} = process.env
    const child = spawn(process.execPath, command, {env: {PATH}, cwd: packageRoot, signal})
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number]>,
    ])
    const rest = out.split('\n').filter((line) => !line.includes('✓'))
    expect(code, `${rest.join('\n')}\n${err}`).toBe(0)
    const [, mutants, servers] =
      /^selftest: (\d+) of \1 mutants found · (\d+) of \2 correct servers silent .* · ok$/m.exec(
        out,
      ) ?? []
    expect(Number(mutants)).toBeGreaterThan(200)
    expect(Number(servers)).toBeGreaterThan(30)
  },
)
