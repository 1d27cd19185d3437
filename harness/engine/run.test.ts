/** Runs against the reference with a seeded fault. They need the build (`npm test` makes it first). */
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {packageRoot} from '../package.ts'
import {loadReference, withPolicy} from './host.ts'
import {run} from './run.ts'

const exact = join(packageRoot, 'dist', 'fixtures', 'invariants', 'sse', 'resume', 'exact.js')

test('what was seen, and not made sure of before the run was stopped, did not pass', async () => {
  const out = await mkdtemp(join(tmpdir(), 'pushspec-run-'))
  const over = new AbortController()
  try {
    const report = await run({
      target: withPolicy(await loadReference(), {key: 'm', mutant: `${exact}#skips-one`}),
      only: ['sse.resume.exact'],
      profile: 'smoke',
      runs: 20,
      seed: 1,
      jobs: 8,
      invariantsDirs: [],
      strict: false,
      out,
      signal: over.signal,
      targetFlags: '',
      onEvent: ({is}) => is === 'confirming' && over.abort(),
    })
    expect(report.verdict).toBe('interrupted')
    expect(report.checks).toMatchObject([{id: 'sse.resume.exact', verdict: 'inconclusive'}])
    expect(report.checks[0]?.because).toMatch(/^lost: seen once .* the run was stopped/)
  } finally {
    await rm(out, {recursive: true})
  }
})
