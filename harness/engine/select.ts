import {createHash} from 'node:crypto'
import type {Behaviour} from '../behaviour.ts'
import {missing} from '../capabilities.ts'
import {aimsOf, mechanismOf, type Invariant} from '../invariant.ts'
import type {Mechanism, Target} from '../target.ts'

/** Which invariants a run is about. */
export interface Selection {
  readonly only?: readonly string[] | undefined
  readonly skip?: readonly string[] | undefined
  readonly mechanisms?: readonly Mechanism[] | undefined
  readonly shard?: readonly [number, number] | undefined
}

/** A pattern in which `*` stands for any text, dots included. */
export function globMatches(glob: string, id: string): boolean {
  const parts = glob.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(id)
}

/** Whether an id is selected. A shard is chosen by a hash of the id, so that adding one moves no other. */
export function isSelected(id: string, {only, skip, mechanisms, shard}: Selection): boolean {
  if (only?.length && !only.some((glob) => globMatches(glob, id))) return false
  if (skip?.some((glob) => globMatches(glob, id))) return false
  if (mechanisms?.length && !mechanisms.includes(mechanismOf(id))) return false
  if (!shard) return true
  const [part, of] = shard
  return createHash('sha256').update(id).digest().readUInt32BE(0) % of === part - 1
}

/** A behaviour to be played, with the invariants that judge it and the aims that they name. */
export interface Plan {
  readonly behaviour: Behaviour
  readonly invariants: readonly Invariant[]
  readonly aims: readonly string[]
}

/** The behaviours that the invariants need, those that wait longest first. */
export function plans(invariants: readonly Invariant[]): Plan[] {
  const byName = new Map<string, Invariant[]>()
  for (const invariant of invariants) {
    const {name} = invariant.behaviour
    byName.set(name, [...(byName.get(name) ?? []), invariant])
  }
  const waits: readonly Mechanism[] = ['webhook', 'longpoll', 'sse', 'ws', 'poll']
  const place = (plan: Plan): number => waits.indexOf(mechanismOf(plan.invariants[0]!.id))
  return [...byName.values()]
    .map((sharing) => {
      const named = new Set(sharing.flatMap(aimsOf))
      const {behaviour} = sharing[0]!
      return {behaviour, invariants: sharing, aims: behaviour.aims.filter((aim) => named.has(aim))}
    })
    .toSorted((a, b) => place(a) - place(b))
}

/** Why an invariant is not tried on this target: the first thing that the target does not claim. */
export function notClaimed(invariant: Invariant, target: Target): string | undefined {
  const mechanism = mechanismOf(invariant.id)
  const need = missing(invariant.needs, mechanism, target)
  return need && `the target does not claim ${need}`
}
