/**
 * Signatures of webhook requests, checked as a careful receiver checks them. No input makes
 * `verify` throw; what it does not understand is refused with a reason.
 */
import {createHmac, createPublicKey, timingSafeEqual, verify as verifyBytes} from 'node:crypto'
import {header, headerValues, type Headers} from './http-head.ts'

/** The schemes that a target description can name. */
export type SignatureScheme =
  /** Standard Webhooks 1.0.0, `v1`: HMAC-SHA256 over id.timestamp.body, secret `whsec_<base64>`. */
  | 'standard-webhooks'
  /** Standard Webhooks 1.0.0, `v1a`: ed25519 over the same, public key `whpk_<base64>`. */
  | 'standard-webhooks-v1a'
  /** X-Hub-Signature-256 of GitHub, X-Hub-Signature of WebSub 1.0 "Authenticated Content". */
  | 'hub'
  /** Stripe-Signature: t=<seconds>,v1=<hex of HMAC-SHA256 over t.body>. */
  | 'stripe'
  /** The secret itself in a header, bare or as a bearer token (CloudEvents web hooks 3.1). */
  | 'token'
  | 'none'

/** Header names that differ from the scheme's own; `signature` also names the token's header. */
export interface SignatureHeaders {
  id?: string
  timestamp?: string
  signature?: string
}

/** One received request and the key it should be signed with. */
export interface SignedRequest {
  /** As on the wire, each character one byte (latin1). */
  headers: Headers
  body: Buffer
  /** As the target gives it (`whsec_…`, `whpk_…`, text as UTF-8), or the raw key bytes. */
  secret: string | Buffer
  names?: SignatureHeaders
}

/** The answer; `why` is one sentence part, without the secret. */
export type Verified = {ok: true} | {ok: false; why: string}

/** Says whether the request carries a valid signature under `scheme`; does not judge its age. */
export function verify(scheme: SignatureScheme, request: SignedRequest): Verified {
  return schemes[scheme](request)
}

const schemes: Record<SignatureScheme, (request: SignedRequest) => Verified> = {
  'standard-webhooks': (request) => verifyStandard(request, 'v1', checkHmac),
  'standard-webhooks-v1a': (request) => verifyStandard(request, 'v1a', checkEd25519),
  hub: verifyHub,
  stripe: verifyStripe,
  token: verifyToken,
  none: () => ({ok: true}),
}

type Check = (secret: string | Buffer, content: Buffer, signatures: string[]) => Verified

/** Standard Webhooks 1.0.0, "Signature scheme" and "Webhook headers". */
function verifyStandard(request: SignedRequest, version: string, check: Check): Verified {
  const {headers, body, names = {}} = request
  const id = single(headers, names.id ?? 'webhook-id')
  const timestamp = single(headers, names.timestamp ?? 'webhook-timestamp')
  const list = single(headers, names.signature ?? 'webhook-signature')
  for (const part of [id, timestamp, list]) if ('why' in part) return refuse(part.why)
  const [idText, timestampText, listText] = [id, timestamp, list].map(valueOf)
  if (!/^[0-9]{1,15}$/.test(timestampText ?? '')) return refuse('the timestamp is no unix seconds')
  const signatures = (listText ?? '')
    .split(' ')
    .filter((entry) => entry.startsWith(`${version},`))
    .map((entry) => entry.slice(version.length + 1))
  if (signatures.length === 0) return refuse(`no ${version} signature in the list`)
  const prefix = Buffer.from(`${idText}.${timestampText}.`, 'latin1')
  return check(request.secret, Buffer.concat([prefix, body]), signatures)
}

function checkHmac(secret: string | Buffer, content: Buffer, signatures: string[]): Verified {
  const key = decodeKey(secret, 'whsec_')
  if (key === undefined) return refuse('the secret is not whsec_ with base64')
  const expected = createHmac('sha256', key).update(content).digest('base64')
  const found = signatures.some((signature) => sameText(signature, expected))
  return found ? {ok: true} : refuse('no v1 signature matches the HMAC-SHA256 of id.timestamp.body')
}

function checkEd25519(secret: string | Buffer, content: Buffer, signatures: string[]): Verified {
  const key = decodeKey(secret, 'whpk_')
  if (key?.length !== 32) return refuse('the public key is not whpk_ with base64 of 32 bytes')
  try {
    const jwk = {kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url')}
    const publicKey = createPublicKey({key: jwk, format: 'jwk'})
    const found = signatures.some((signature) => {
      const bytes = decodeBase64(signature)
      return bytes?.length === 64 && verifyBytes(null, content, publicKey, bytes)
    })
    return found ? {ok: true} : refuse('no v1a signature matches id.timestamp.body')
  } catch (error) {
    return refuse(`the public key is unusable: ${String(error)}`)
  }
}

/** GitHub "Validating webhook deliveries"; WebSub 1.0 section 7.1 "Authenticated Content". */
function verifyHub({headers, body, secret, names = {}}: SignedRequest): Verified {
  const wanted = names.signature === undefined ? hubHeaders : [names.signature]
  const present = wanted.filter((name) => header(headers, name) !== undefined)
  if (present.length === 0) return refuse(`no ${wanted.join(' or ')} header`)
  for (const name of present) {
    const value = single(headers, name)
    if ('why' in value) return refuse(value.why)
    const [, method = '', hex = ''] = /^(sha1|sha256|sha384|sha512)=(.*)$/i.exec(value.value) ?? []
    const algorithm = method.toLowerCase()
    if (algorithm === '') return refuse(`${name} is not method=hex`)
    if (name.toLowerCase().endsWith('-256') && algorithm !== 'sha256') {
      return refuse(`${name} does not use sha256`)
    }
    const expected = createHmac(algorithm, secret).update(body).digest('hex')
    if (!sameText(hex.toLowerCase(), expected)) {
      return refuse(`${name} is not the HMAC-${algorithm.toUpperCase()} of the body`)
    }
  }
  return {ok: true}
}

const hubHeaders = ['x-hub-signature-256', 'x-hub-signature']

/** Stripe "Verify webhook signatures manually": every t= and v1= of the list. */
function verifyStripe({headers, body, secret, names = {}}: SignedRequest): Verified {
  const value = single(headers, names.signature ?? 'stripe-signature')
  if ('why' in value) return refuse(value.why)
  const pairs = value.value.split(',').map((pair) => pair.trim())
  const of = (key: string): string[] =>
    pairs.filter((pair) => pair.startsWith(`${key}=`)).map((pair) => pair.slice(key.length + 1))
  const [timestamp = '', ...others] = of('t')
  if (others.length > 0) return refuse('more than one t= in the signature')
  if (!/^[0-9]{1,15}$/.test(timestamp)) return refuse('t= is no unix seconds')
  const signatures = of('v1')
  if (signatures.length === 0) return refuse('no v1= in the signature')
  const content = Buffer.concat([Buffer.from(`${timestamp}.`), body])
  const expected = createHmac('sha256', secret).update(content).digest('hex')
  const found = signatures.some((signature) => sameText(signature, expected))
  return found ? {ok: true} : refuse('no v1= matches the HMAC-SHA256 of t.body')
}

function verifyToken({headers, secret, names = {}}: SignedRequest): Verified {
  const name = names.signature ?? 'authorization'
  const value = single(headers, name)
  if ('why' in value) return refuse(value.why)
  const expected = Buffer.from(secret).toString('latin1')
  const bare = value.value.replace(/^bearer +/i, '')
  const found = sameText(value.value, expected) || sameText(bare, expected)
  return found ? {ok: true} : refuse(`${name} does not carry the token`)
}

type Single = {value: string} | {why: string}

/** A field that must be there once: two lines could be read differently by two receivers. */
function single(headers: Headers, name: string): Single {
  const [value, ...others] = headerValues(headers, name)
  if (value === undefined) return {why: `no ${name} header`}
  return others.length > 0 ? {why: `more than one ${name} header`} : {value}
}

function valueOf(part: Single): string {
  return 'why' in part ? '' : part.value
}

function decodeKey(secret: string | Buffer, prefix: string): Buffer | undefined {
  if (typeof secret !== 'string') return secret
  return decodeBase64(secret.startsWith(prefix) ? secret.slice(prefix.length) : secret)
}

/** Base64 (RFC 4648 section 4), padded or not: Buffer.from alone would skip what it does not know. */
function decodeBase64(text: string): Buffer | undefined {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined
}

function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function refuse(why: string): Verified {
  return {ok: false, why}
}
