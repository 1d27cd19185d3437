/** What a description and a fixture import: the package entry `pushspec`. It loads no socket. */
export {broken, held, untried} from './verdict.ts'
export type {Broken, Held, Untried, Verdict} from './verdict.ts'
export {indexes, memo, only} from './trace.ts'
export type {Bytes, Fact, FactKind, FactOf, From, Headers, Outcome, Trace} from './trace.ts'
export type {Behaviour} from './behaviour.ts'
export type {Citation, Invariant, Level, Mutant, Variant} from './invariant.ts'
export type {Script, Step} from './script/script.ts'
export type {Claims, Limits, Mechanism, Target} from './target.ts'
export {defineTarget} from './launch/define.ts'
export type {Description} from './launch/schema.ts'
export type {PublishContext, PublishResult} from './clients/service.ts'
export {cloudEventsWebHooks, practice, rfc, standardWebhooks, whatwg} from './citations.ts'
export {isHeld} from './behaviours/longpoll.ts'
export {pollsAlong} from './behaviours/poll.ts'
export {comesBack, listens} from './behaviours/sse.ts'
export {resumes, subscribes} from './behaviours/ws-delivery.ts'
export {submits} from './behaviours/ws-submitting.ts'
export {shakesHands} from './behaviours/ws-handshake.ts'
export {receives} from './behaviours/webhook.ts'
export {sendsFrames} from './behaviours/ws-frames.ts'
export {judgeHooks} from './models/attempts-verdict.ts'
export {deliveryOf} from './models/delivery/delivery.ts'
export type {
  DeliveryReport,
  Problem,
  ProblemKind,
  Publication,
  Settled,
} from './models/delivery/delivery.ts'
export {stalledAt} from './models/delivery/stalled.ts'
export {judgeInbox} from './models/ws/inbox.ts'
export type {InboxKind} from './models/ws/inbox.ts'
export {judgeCursors} from './models/ws/cursors.ts'
export type {CursorKind} from './models/ws/cursors.ts'
export {bareEvents, bareFault} from './models/delivery/bare.ts'
export type {BareEvent} from './models/delivery/bare.ts'
export {
  judgeDelivery,
  missedLabels,
  returnLabels,
  returnsOutOfReach,
} from './models/delivery/verdict.ts'
export {holdsOf, racesOf} from './models/holding.ts'
export {header, headerValues} from './models/http.ts'
export {verify} from './models/signature.ts'
export {followed, hookDeliveries} from './models/webhook.ts'
export {signedAttempts, unsigned} from './models/signed.ts'
export {streamHeads} from './models/streams.ts'
export {statusIn} from './target.ts'
export {connections} from './models/ws/exchanges.ts'
export type {HandshakeKind} from './models/ws/handshake.ts'
export {judgeCrosstalk, judgeIsolation} from './models/ws/company.ts'
export type {IsolationKind} from './models/ws/company.ts'
export {handshakeRule, wsRule} from './models/ws/verdict.ts'
export {judgeVersions} from './models/ws/versions.ts'
export type {WsKind} from './models/ws/verdict.ts'
export {conditionalPolls, forgedPolls, polls} from './models/polls.ts'
export {untriedFor} from './models/undeclared.ts'
