import {createHmac, generateKeyPairSync, sign} from 'node:crypto'
import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import type {Headers} from './http-head.ts'
import {verify, type SignatureScheme, type SignedRequest} from './signature.ts'

const svix = {
  headers: [
    ['Webhook-Id', 'msg_p5jXN8AQM9LWM0D4loKWxJek'],
    ['webhook-timestamp', '1614265330'],
    ['webhook-signature', 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
  ],
  body: Buffer.from('{"test": 2432232314}'),
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
} satisfies SignedRequest

const github = {
  headers: [
    [
      'X-Hub-Signature-256',
      'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    ],
  ],
  body: Buffer.from('Hello, World!'),
  secret: "It's a Secret to Everybody",
} satisfies SignedRequest

/** The headers with the value of `name` put through `change`. */
function edit(headers: Headers, name: string, change: (value: string) => string): Headers {
  return headers.map(([key, value]) => [key, key === name ? change(value) : value])
}

test('the published vector of Standard Webhooks is accepted', () => {
  expect(verify('standard-webhooks', svix)).toEqual({ok: true})
  expect(verify('standard-webhooks', {...svix, secret: svix.secret.slice(6)})).toEqual({ok: true})
})

test("GitHub's published vector is accepted", () => {
  expect(verify('hub', github)).toEqual({ok: true})
})

test('one good signature in a list is enough, whatever stands beside it', () => {
  const name = 'webhook-signature'
  const among = (list: (good: string) => string): boolean =>
    verify('standard-webhooks', {...svix, headers: edit(svix.headers, name, list)}).ok
  expect(among((good) => `v1,AAAA ${good}`)).toBe(true)
  expect(among((good) => `v1a,xyz v2,q ${good} junk`)).toBe(true)
  expect(among((good) => good.replace('v1,', 'v2,'))).toBe(false)
  expect(among((good) => good.replace('v1,', ''))).toBe(false)
  expect(among((good) => `${good},${good}`)).toBe(false)
})

test('the header names of a target replace those of the scheme', () => {
  const headers: Headers = svix.headers.map(([name, value]) => [
    name.toLowerCase().replace('webhook', 'svix'),
    value,
  ])
  const names = {id: 'svix-id', timestamp: 'svix-timestamp', signature: 'svix-signature'}
  expect(verify('standard-webhooks', {...svix, headers, names})).toEqual({ok: true})
  expect(verify('standard-webhooks', {...svix, headers})).toMatchObject({why: /no webhook-id/})
})

test('a missing or repeated header is refused by name', () => {
  for (const [name] of svix.headers) {
    const without = svix.headers.filter(([other]) => other !== name)
    const twice = [...svix.headers, ...svix.headers.filter(([other]) => other === name)]
    const why = name.toLowerCase()
    expect(verify('standard-webhooks', {...svix, headers: without})).toEqual({
      ok: false,
      why: `no ${why} header`,
    })
    expect(verify('standard-webhooks', {...svix, headers: twice})).toEqual({
      ok: false,
      why: `more than one ${why} header`,
    })
  }
})

const signing = ['standard-webhooks', 'standard-webhooks-v1a', 'hub', 'stripe'] as const
const {publicKey, privateKey} = generateKeyPairSync('ed25519')
const rawPublicKey = Buffer.from(publicKey.export({format: 'jwk'}).x ?? '', 'base64url')

/** A correctly signed request, made without the model. */
function signed(scheme: (typeof signing)[number], body: Buffer, key: Buffer): SignedRequest {
  const hmac = (...parts: (string | Buffer)[]): Buffer =>
    createHmac('sha256', key)
      .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
      .digest()
  const standard: [string, string][] = [
    ['webhook-id', 'e1'],
    ['webhook-timestamp', '7'],
  ]
  switch (scheme) {
    case 'standard-webhooks': {
      const list = `v1,${hmac('e1.7.', body).toString('base64')}`
      const secret = `whsec_${key.toString('base64')}`
      return {headers: [...standard, ['webhook-signature', list]], body, secret}
    }
    case 'standard-webhooks-v1a': {
      const bytes = sign(null, Buffer.concat([Buffer.from('e1.7.'), body]), privateKey)
      const list = `v1a,${bytes.toString('base64')}`
      const secret = `whpk_${rawPublicKey.toString('base64')}`
      return {headers: [...standard, ['webhook-signature', list]], body, secret}
    }
    case 'stripe': {
      const value = `t=7,v1=${hmac('7.', body).toString('hex')},v0=00`
      return {headers: [['Stripe-Signature', value]], body, secret: key}
    }
    case 'hub': {
      const value = `sha256=${hmac(body).toString('hex')}`
      return {headers: [['X-Hub-Signature', value]], body, secret: key}
    }
    default:
      throw new Error(`no such scheme: ${String(scheme)}`)
  }
}

const bodies = fc.uint8Array({minLength: 1, maxLength: 40, size: 'max'})
const keys = fc.uint8Array({minLength: 24, maxLength: 64, size: 'max'})

test('a signed body is accepted, and with any byte flipped refused', () => {
  fc.assert(
    fc.property(fc.constantFrom(...signing), bodies, keys, fc.nat(), (scheme, body, key, at) => {
      const request = signed(scheme, Buffer.from(body), Buffer.from(key))
      expect(verify(scheme, request)).toEqual({ok: true})
      const flipped = Buffer.from(body)
      flipped[at % body.length] = (flipped[at % body.length] ?? 0) ^ (1 << (at % 8))
      expect(verify(scheme, {...request, body: flipped}).ok).toBe(false)
      const longer = Buffer.concat([request.body, Buffer.from([0])])
      expect(verify(scheme, {...request, body: longer}).ok).toBe(false)
    }),
    {numRuns: 300},
  )
})

test('another key is refused', () => {
  fc.assert(
    fc.property(fc.constantFrom('standard-webhooks', 'hub', 'stripe'), bodies, (scheme, body) => {
      const request = signed(scheme, Buffer.from(body), Buffer.alloc(24, 1))
      const other = signed(scheme, Buffer.from(body), Buffer.alloc(24, 2))
      expect(verify(scheme, {...request, secret: other.secret}).ok).toBe(false)
    }),
  )
})

test('id and timestamp are covered by the signature', () => {
  for (const scheme of ['standard-webhooks', 'standard-webhooks-v1a'] as const) {
    const request = signed(scheme, Buffer.from('{}'), Buffer.alloc(24, 1))
    for (const name of ['webhook-id', 'webhook-timestamp']) {
      const headers = edit(request.headers, name, (value) => `${value}0`)
      expect(verify(scheme, {...request, headers})).toMatchObject({ok: false})
    }
  }
})

test('a hub signature with a wrong method or any wrong header of the two is refused', () => {
  const sha1 = createHmac('sha1', github.secret).update(github.body).digest('hex')
  const hub = (...headers: [string, string][]): boolean => verify('hub', {...github, headers}).ok
  const [good] = github.headers as [[string, string]]
  expect(hub(good, ['X-Hub-Signature', `sha1=${sha1}`])).toBe(true)
  expect(hub(['X-Hub-Signature', `sha1=${sha1}`])).toBe(true)
  expect(hub(good, ['X-Hub-Signature', `sha1=${sha1.replace(/.$/, 'x')}`])).toBe(false)
  expect(hub(['X-Hub-Signature-256', `sha1=${sha1}`])).toBe(false)
  expect(hub(['X-Hub-Signature', `md5=${sha1}`])).toBe(false)
  expect(hub(['X-Hub-Signature', sha1])).toBe(false)
  expect(hub()).toBe(false)
})

test('a token stands bare or as a bearer token', () => {
  const token = (value: string, signature = 'authorization'): boolean =>
    verify('token', {
      headers: [[signature, value]],
      body: Buffer.alloc(0),
      secret: 's3cret',
      names: {signature},
    }).ok
  expect(token('Bearer s3cret')).toBe(true)
  expect(token('s3cret', 'x-gitlab-token')).toBe(true)
  expect(token('Bearer s3cre')).toBe(false)
  expect(token('')).toBe(false)
})

test('an unusable secret is a reason, not an error', () => {
  expect(verify('standard-webhooks', {...svix, secret: 'whsec_*'})).toMatchObject({
    why: /not whsec_/,
  })
  expect(verify('standard-webhooks-v1a', {...svix, secret: 'whpk_AAAA'})).toMatchObject({ok: false})
})

test('no headers, body or secret make it throw or pass', () => {
  const schemes: SignatureScheme[] = [...signing, 'token']
  const value = fc.oneof(
    fc.string({maxLength: 20, unit: 'binary'}),
    fc.constantFrom('v1,', 'v1a,AAAA', 't=1,v1=', 't=,t=', 'sha256=', 'sha1=ff', '7', 'Bearer '),
  )
  const names = fc.constantFrom(
    'webhook-id',
    'webhook-timestamp',
    'webhook-signature',
    'stripe-signature',
    'x-hub-signature',
    'x-hub-signature-256',
    'authorization',
  )
  const headers = fc.array(fc.tuple(names, value), {maxLength: 6, size: 'max'})
  const secret = fc.oneof(fc.string({minLength: 30, maxLength: 40}), fc.constant('whsec_AAAA'))
  fc.assert(
    fc.property(
      fc.constantFrom(...schemes),
      headers,
      bodies,
      secret,
      (scheme, lines, body, key) => {
        const request = {headers: lines, body: Buffer.from(body), secret: key}
        expect(verify(scheme, request)).toMatchObject({ok: false})
      },
    ),
    {numRuns: 1_000},
  )
})
