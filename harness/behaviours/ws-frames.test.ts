import fc from 'fast-check'
import {expect, test} from 'vitest'
import {frameBytes, closeFrame, octetBytes} from '../clients/ws/encode.ts'
import {defaultLimits} from '../launch/normalise/claims.ts'
import {judgeExchange, type Judgement, type RuleName} from '../models/ws/endpoint.ts'
import {terms} from '../models/ws/exchanges.ts'
import {correctChoices, type Choices} from '../models/ws/simulated-choices.ts'
import {simulate} from '../models/ws/simulated-exchange.ts'
import {describe as tell} from '../script/describe.ts'
import type {Script} from '../script/script.ts'
import type {Target, WsEndpoint} from '../target.ts'
import {sendsFrames} from './ws-frames.ts'

const route = {path: '/', headers: {}}
const endpoint: WsEndpoint = {
  echo: route,
  subprotocols: [],
  textOnly: false,
  maxMessage: 70_000,
  guaranteedMessage: 70_000,
  strictLengths: true,
  closeTrigger: '!close',
  singlePath: false,
}
const targetOf = (ws: WsEndpoint): Target => ({ws, limits: defaultLimits}) as unknown as Target
const target = targetOf(endpoint)
const {aims} = sendsFrames

/** What the oracle says of a correct endpoint that is given what client `a` sends. */
function judged(script: Script, choices: Choices): Judgement {
  let leaves: 'watches' | 'fin' | 'reset' = 'watches'
  const writes = script.flatMap((step) => {
    if (!('client' in step) || step.client !== 'a') return []
    const waitMs = 'drained' as const
    switch (step.do) {
      case 'send': {
        const bytes = Buffer.concat(step.frames.map(frameBytes))
        return [{bytes: bytes.subarray(0, bytes.length - (step.omit ?? 0)), waitMs}]
      }
      case 'fence':
        return [{bytes: frameBytes({opcode: 9, payload: {text: 'fence'}}), waitMs}]
      case 'close':
        return 'code' in step || !('reason' in step)
          ? [{bytes: closeFrame(step.code, octetBytes(step.reason)), waitMs}]
          : []
      case 'leave':
        leaves = step.how === 'half' ? 'fin' : step.how === 'rst' ? 'reset' : 'watches'
        return []
      default:
        return []
    }
  })
  const exchange = simulate({writes, leaves, latencyMs: 1}, choices)
  return judgeExchange({...exchange, died: false}, terms(target, 'echo'))
}

const strict: Choices = {...correctChoices, refuseLongForms: true, maxMessage: 70_000}
const early: Choices = {...strict, earlyUtf8: true, eager: true}

test.each(aims)(
  'scripts of %s are plain JSON that can be told, and open before they send',
  (aim) => {
    fc.assert(
      fc.property(sendsFrames.script(target, aim), (script) => {
        expect(JSON.parse(JSON.stringify(script))).toEqual(script)
        expect(tell(script).join()).not.toMatch(/undefined|\[object|never opened/)
        const opened = new Set<string>()
        for (const step of script) {
          if (step.do === 'open') opened.add(step.client)
          else if ('client' in step) expect(opened).toContain(step.client)
        }
      }),
      {numRuns: 40},
    )
  },
)

/** Which rule each aim is there for; those that need more than one connection, or a server that closes, are left out. */
const tried: Readonly<Record<string, RuleName>> = {
  lengths: 'length-forms',
  keys: 'mask-key-any',
  chopped: 'echo-order',
  coalesced: 'coalesced',
  fragments: 'reassembly',
  interleaved: 'interleaved-control',
  unicode: 'utf8-valid',
  'split-texts': 'utf8-split',
  binary: 'binary-transparent',
  empty: 'empty-message',
  stream: 'echo-order',
  pings: 'pong-payload',
  burst: 'ping-burst',
  'stray-pongs': 'unsolicited-pong',
  unmasked: 'mask-required',
  'reserved-bits': 'rsv-bits',
  'reserved-opcodes': 'reserved-opcode',
  'long-forms': 'nonminimal-length',
  'top-bits': 'length-msb',
  'cut-lengths': 'length-in-full',
  orphans: 'orphan-continuation',
  intruders: 'new-message-inside',
  'fragmented-controls': 'fragmented-control',
  'long-controls': 'control-too-long',
  'bad-text': 'utf8-invalid',
  'cut-texts': 'utf8-invalid',
  sizes: 'too-big',
  closes: 'close-echo',
  'one-byte': 'one-byte-body',
  'bad-codes': 'invalid-code',
  'bad-reasons': 'reason-utf8',
  pending: 'silence-after',
  'behind-close': 'input-after',
  'mid-message': 'mid-message',
  truncates: 'truncated-then-gone',
  'half-closes': 'half-close',
  resets: 'reset',
}

test.each(Object.entries(tried))(
  '%s puts %s to the test, and accuses no correct endpoint',
  (aim, rule) => {
    const scripts = fc.sample(sendsFrames.script(target, aim), {numRuns: 60, seed: 7})
    let exercised = 0
    for (const script of scripts) {
      for (const choices of [strict, early]) {
        const {broken, exercised: rules} = judged(script, choices)
        expect(broken, JSON.stringify(script)).toBeUndefined()
        if (rules.has(rule)) exercised += 1
      }
    }
    expect(exercised).toBeGreaterThan(20)
  },
)

test('nothing is sent to a text-only target but text, and no message above what it takes', () => {
  const small = targetOf({...endpoint, textOnly: true, maxMessage: 300})
  const legal = ['lengths', 'keys', 'stream', 'fragments', 'empty', 'interleaved', 'chopped']
  for (const aim of legal) {
    for (const script of fc.sample(sendsFrames.script(small, aim), {numRuns: 60, seed: 3})) {
      for (const step of script) {
        if (step.do !== 'send') continue
        for (const frame of step.frames) {
          expect(frame.opcode).not.toBe(2)
          expect(octetBytes(frame.payload).length).toBeLessThanOrEqual(300)
        }
      }
    }
  }
})

test('a bare URL is enough for most aims: pings go before, and no echo is asked for', () => {
  const {echo: _, closeTrigger: __, ...bare} = endpoint
  const plain = targetOf({...bare, plain: route})
  for (const aim of [
    'unmasked',
    'orphans',
    'bad-text',
    'closes',
    'pings',
    'half-closes',
    'garbage',
  ]) {
    for (const script of fc.sample(sendsFrames.script(plain, aim), {numRuns: 30, seed: 3}))
      for (const step of script)
        if (step.do === 'open' && step.via === 'ws') expect(step.route).toBe('plain')
  }
})

test('an unknown aim is a mistake', () => {
  expect(() => sendsFrames.script(target, 'nothing')).toThrow(RangeError)
})
