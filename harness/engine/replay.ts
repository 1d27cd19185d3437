import {Mistake} from '../mistake.ts'
import {exitCodes, type Case} from '../report.ts'
import type {Verdict} from '../verdict.ts'
import {Arena} from './arena.ts'
import {loadInvariants} from './catalogue.ts'
import {diedVerdict, playAlone} from './finding.ts'
import type {ReplayOptions, ReplayResult} from './options.ts'
import {notClaimed} from './select.ts'
import {openSource} from './source.ts'

/**
 * Plays saved cases again, each some times, alone, and judges them with the invariant that they
 * are named after. Throws a Mistake when the target cannot be reached or an invariant is unknown.
 */
export async function replay(options: ReplayOptions): Promise<readonly ReplayResult[]> {
  const {cases, target, times, signal, onEvent} = options
  const arena = new Arena(openSource(target), nonce(), signal)
  const known = await loadInvariants(options.invariantsDirs ?? [])
  const results: ReplayResult[] = []
  try {
    for (const one of cases) {
      const found = known.find(({invariant}) => invariant.id === one.invariant)
      if (!found)
        throw new Mistake(
          `the case names ${one.invariant}, which is no known check`,
          exitCodes.usage,
        )
      onEvent?.({is: 'replaying', id: one.invariant})
      const because = notClaimed(found.invariant, target.target)
      const verdicts: Verdict[] = []
      while (verdicts.length < times && !signal.aborted) {
        if (because) verdicts.push({is: 'untried', because})
        else verdicts.push(await once(arena, one, found.invariant.judge.bind(found.invariant)))
      }
      const failed = verdicts.filter(
        (verdict) => verdict.is === 'broken' && verdict.kind === one.verdict.kind,
      ).length
      results.push({case: one, failed, of: verdicts.length, verdicts})
    }
  } finally {
    await arena.stop()
  }
  return results
}

async function once(
  arena: Arena,
  one: Case,
  judge: (trace: Case['trace'], target: Case['target']) => Verdict,
): Promise<Verdict> {
  const played = await playAlone(arena, one.script)
  return 'died' in played ? diedVerdict(played.died) : judge(played.trace, arena.target)
}

/** Letters that no other run on the same target uses. */
function nonce(): string {
  return `${Math.floor(Math.random() * 36 ** 4).toString(36)}r`
}
