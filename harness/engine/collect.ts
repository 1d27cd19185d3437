import {createHash} from 'node:crypto'
import fc from 'fast-check'
import type {Behaviour} from '../behaviour.ts'
import type {Script} from '../script/script.ts'
import type {Target} from '../target.ts'

/**
 * The scripts `from` to `from + count - 1` of a behaviour and aim. They depend on the seed, the
 * behaviour's name, the aim and the target's data alone, so that other behaviours may come and go.
 * The values are those that fast-check itself would run, bias included: a raw property collects
 * them while `fc.check` believes to run it (`fc.sample` gives others from index 9 on).
 */
export function collect(
  behaviour: Behaviour,
  aim: string,
  target: Target,
  seed: number,
  from: number,
  count: number,
): Script[] {
  const scripts: Script[] = []
  const property = fc.property(behaviour.script(target, aim), () => true)
  const collector = {
    isAsync: () => false as const,
    generate: (random: fc.Random, index = 0) => {
      // Every index has a random source of its own: what lies before need not be made.
      if (index < from) return new fc.Value<[Script]>([[]], undefined)
      const value = property.generate(random, index)
      scripts.push(value.value_[0] as Script)
      return value
    },
    shrink: () => fc.Stream.nil<fc.Value<[Script]>>(),
    run: () => null,
    runBeforeEach: () => {},
    runAfterEach: () => {},
  }
  void fc.check(collector as unknown as fc.IRawProperty<[Script]>, {
    seed: subSeed(seed, behaviour.name, aim),
    numRuns: from + count,
  })
  return scripts
}

/** A seed of 32 bits for one behaviour and aim. */
export function subSeed(seed: number, name: string, aim: string): number {
  return createHash('sha256').update(`${seed}/${name}/${aim}`).digest().readInt32BE(0)
}
