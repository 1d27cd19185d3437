/** Signals as a process sees them: it needs the build (`npm test` makes it first). */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {join} from 'node:path'
import {pathToFileURL} from 'node:url'
import {expect, test} from 'vitest'
import {packageRoot} from '../package.ts'

const module = pathToFileURL(join(packageRoot, 'dist', 'harness', 'cli', 'interruption.js')).href

/** A command that says when it may be interrupted and when it was, and goes on for a minute. */
const stubborn = `
import {onInterruption} from ${JSON.stringify(module)}
const {signal} = onInterruption({err: (text) => process.stdout.write(text)})
signal.addEventListener('abort', () => console.log('aborted'))
setTimeout(() => {}, 60_000)
console.log('ready')
`

test.each(['SIGINT', 'SIGTERM'] as const)(
  'the first %s aborts, the second ends with 130 at once',
  async (name) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', stubborn])
    let text = ''
    for await (const chunk of child.stdout) {
      const before = text
      text += String(chunk)
      for (const word of ['ready\n', 'aborted\n'])
        if (text.includes(word) && !before.includes(word)) child.kill(name)
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    expect(text).toBe('ready\n\npushspec: stopping; once more to stop at once\naborted\n')
    expect(child.exitCode).toBe(130)
  },
)
