/** What a description and a fixture import: the package entry `pushspec`. It loads no socket. */
export {broken, held, untried} from './verdict.ts'
export type {Broken, Held, Untried, Verdict} from './verdict.ts'
export {indexes, memo, only} from './trace.ts'
export type {Bytes, Fact, FactKind, FactOf, From, Headers, Outcome, Trace} from './trace.ts'
export type {Behaviour} from './behaviour.ts'
export type {Citation, Invariant, Level, Mutant, Variant} from './invariant.ts'
export type {Script, Step} from './script/script.ts'
export type {Claims, Limits, Mechanism, Target} from './target.ts'
