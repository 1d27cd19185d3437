import fc from 'fast-check'
import type {Script, Step} from '../script/script.ts'
import type {FrameSpec, Octets} from '../script/ws.ts'
import type {Target} from '../target.ts'
import {badTexts, hexOf, ping, text, truncated} from './ws-payloads.ts'
import {awaitEnd, echoes, fence, offends, opening, send, watched, type Offence} from './ws-scene.ts'

/** Codes that a Close may carry (RFC 6455 7.4.1, 7.4.2, and IANA for 1012 to 1014). */
const codes = fc.oneof(
  fc.constantFrom(1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014),
  fc.constantFrom(3000, 3999, 4000, 4999),
  fc.integer({min: 3000, max: 4999}),
)

/** Codes that none may carry (RFC 6455 7.4.1, 7.4.2). */
const forbidden = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(1005, 1006, 1015, 1004, 999, 0, 1, 5000, 9999, 65_535),
  },
  fc.integer({min: 0, max: 999}),
  fc.integer({min: 5000, max: 65_535}),
)

/** Reasons of at most 123 bytes, the longest with a code point of several bytes at the border (RFC 6455 5.5.1). */
const reasons = fc.constantFrom<Octets | undefined>(
  undefined,
  {text: 'bye'},
  {text: 'é'},
  {text: 'x'},
  {repeat: 'r', times: 123},
  {text: `x${'é'.repeat(61)}`},
  {text: `${'😀'.repeat(30)}xyz`},
)

/** A Close frame with these two bytes of code and this reason in hex. */
function closeFrame(code: number, reason = ''): FrameSpec {
  return {opcode: 8, payload: {hex: code.toString(16).padStart(4, '0') + reason}}
}

/** A good Close, from an idle connection or right behind a message. */
export function closes(target: Target): fc.Arbitrary<Script> {
  const body = fc.oneof(
    {weight: 1, arbitrary: fc.constant({})},
    {
      weight: 4,
      arbitrary: fc
        .tuple(codes, reasons)
        .map(([code, reason]) => ({code, ...(reason && {reason})})),
    },
  )
  const before = fc.constantFrom<Step[]>(
    [],
    [fence],
    ...(echoes(target) ? [[send([text('m')])]] : []),
  )
  return fc
    .tuple(before, body)
    .map(([steps, one]) => [opening(target), ...steps, {do: 'close', client: 'a', ...one}])
}

/** Closes with a body of one byte (RFC 6455 5.5.1). */
export function oneByte(target: Target): fc.Arbitrary<Script> {
  const byte = fc.oneof(
    fc.constantFrom('03', '00', 'ff', '61'),
    fc.integer({min: 0, max: 255}).map(twoDigits),
  )
  return offends(
    target,
    byte.map((hex): Offence => ({frames: [{opcode: 8, payload: {hex}}]})),
  )
}

function twoDigits(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}

/** Closes with a code that may not be sent. */
export function badCodes(target: Target): fc.Arbitrary<Script> {
  const reason = fc.constantFrom('', hexOf('bad'))
  return offends(
    target,
    fc.tuple(forbidden, reason).map(([code, hex]): Offence => ({frames: [closeFrame(code, hex)]})),
  )
}

/** Closes with a reason that is not UTF-8, short or as long as can be. */
export function badReasons(target: Target): fc.Arbitrary<Script> {
  const reason = fc.oneof(
    {weight: 3, arbitrary: badTexts},
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...truncated)
        .map((cut) => '61'.repeat(123 - cut.length / 2) + cut),
    },
  )
  return offends(
    target,
    fc
      .tuple(fc.constantFrom(1000, 1001, 3000, 4999), reason)
      .map(([code, hex]): Offence => ({frames: [closeFrame(code, hex)]})),
  )
}

/** Messages and pings, and right behind them the Close. */
export function pending(target: Target): fc.Arbitrary<Script> {
  const one = fc.constantFrom(text('pending'), ping('pending'), {
    opcode: 1,
    payload: {repeat: 'p', times: 3000},
  } satisfies FrameSpec)
  return fc
    .tuple(fc.array(one, {minLength: 1, maxLength: 12, size: 'max'}), fc.boolean())
    .map(([frames, apart]): Script => [
      opening(target),
      ...(apart ? [send(frames), send([closeFrame(1000)])] : [send([...frames, closeFrame(1000)])]),
      awaitEnd,
    ])
}

/** A Close, and more behind it: in the same write or the next. */
export function behindClose(target: Target): fc.Arbitrary<Script> {
  const more = fc.constantFrom<FrameSpec>(
    text('behind the Close'),
    ping('behind the Close'),
    closeFrame(1000),
    {opcode: 2, payload: {hex: '00ff'}},
    {opcode: 0, payload: {text: 'behind the Close'}},
    {opcode: 3, rsv: 7, mask: null, payload: {hex: 'ffff'}},
  )
  return fc
    .tuple(fc.array(more, {minLength: 1, maxLength: 3, size: 'max'}), fc.boolean())
    .map(([frames, apart]) =>
      watched(target, [
        ...(apart
          ? [send([closeFrame(1000)]), send(frames)]
          : [send([closeFrame(1000), ...frames])]),
        awaitEnd,
      ]),
    )
}

/**
 * A Close between the fragments of a message, which may go on behind it. At least two have come, so
 * that one who gives out what there is of the message can be told from one who gives out fragments.
 */
export function midMessage(target: Target): fc.Arbitrary<Script> {
  const more: FrameSpec = {opcode: 0, fin: false, payload: {text: 'part '}}
  const last: FrameSpec = {opcode: 0, payload: {text: 'end'}}
  const data = target.ws?.textOnly ? fc.constant(1) : fc.constantFrom(1, 2)
  const close = fc.constantFrom(closeFrame(1000), {opcode: 8}, closeFrame(3000, hexOf('bye')))
  return fc
    .tuple(data, fc.integer({min: 1, max: 3}), close, fc.boolean(), fc.boolean())
    .map(([opcode, count, closing, apart, goesOn]): Script => {
      const begun: FrameSpec[] = [
        {opcode, fin: false, payload: {text: 'begun '}},
        ...Array.from({length: count}, () => more),
      ]
      const rest = goesOn ? [closing, last] : [closing]
      return [
        opening(target),
        ...(apart ? [send(begun), send(rest)] : [send([...begun, ...rest])]),
        awaitEnd,
      ]
    })
}

/** The server is asked to close, and the client answers: at once, late, behind more data, otherwise, or with a Close that crosses. */
export function serverCloses(target: Target): fc.Arbitrary<Script> {
  const trigger = send([text(target.ws?.closeTrigger ?? '')])
  const late: Step = {do: 'pause', of: 'quiet', times: 1}
  const answers = fc.constantFrom<Step[]>(
    [awaitEnd],
    [late, awaitEnd],
    [send([closeFrame(1000)]), awaitEnd],
    [late, send([text('more')]), awaitEnd],
    [late, send([ping('more')]), awaitEnd],
    [late, send([closeFrame(4000, hexOf('other'))]), awaitEnd],
    [late, send([{opcode: 8}]), awaitEnd],
  )
  return fc
    .tuple(fc.boolean(), answers)
    .map(([fenced, steps]) => [opening(target), ...(fenced ? [fence] : []), trigger, ...steps])
}

/** The server is asked to close, and the client never answers: silent, or sending on. */
export function neverAnswers(target: Target): fc.Arbitrary<Script> {
  const trigger = send([text(target.ws?.closeTrigger ?? '')])
  const {quietMs, tcpCloseMs} = target.limits
  const waitMs = 0.9 * (target.ws?.closeTimeoutMs ?? 0)
  const times = Math.max(1, Math.round(waitMs / quietMs))
  // A wait that begins anew each time must go on for longer than is tolerated.
  const frames = Math.min(5, Math.ceil((tcpCloseMs + quietMs) / Math.max(1, waitMs)))
  const late = (frame: FrameSpec): Step[] =>
    Array.from({length: frames}, (): Step[] => [
      {do: 'pause', of: 'quiet', times},
      send([frame]),
    ]).flat()
  return fc
    .constantFrom<Step[]>([], late(ping('on')), late(text('on')), [send([ping('on')])])
    .map((steps) => [
      opening(target),
      trigger,
      ...steps,
      {do: 'await-end', client: 'a', mute: true},
    ])
}
