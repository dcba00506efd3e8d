import { sign } from 'node:crypto'
import { otherSpellings, publicKeyForms, standardAlphabet } from './attacks.js'
import { rsa } from './external-app.js'
import { encode, forge, now, SECRET } from './forge.js'
import { externalClaims, jwkOf, type KeyPair, keyPair, mint } from './provider.js'

type Json = Record<string, unknown>

export const ec = keyPair('ES256')
export const ed = keyPair('EdDSA')
/** What the identity provider of the matrix publishes and the server allows. */
export const PUBLISHED = [rsa, ec, ed]
const strangers = PUBLISHED.map(({ alg, kid }) => ({ ...keyPair(alg), kid }))

export const good = mint(rsa)
const [goodHeader = '', goodPayload = '', goodSignature = ''] = good.split('.')
const VALUES = [null, true, 0, '', [], {}]
const headerOf = ({ alg, kid }: KeyPair, changes: Json = {}) => ({ alg, typ: 'JWT', kid, ...changes })
const withHeader = (changes: Json, pair = rsa) => mint(pair, externalClaims(), headerOf(pair, changes))
const withClaims = (changes: Json) => mint(rsa, externalClaims(changes))
const withText = (change: (text: string) => string) => mint(rsa, change(JSON.stringify(externalClaims())))
const hmac = (key: string | Buffer, hash: 'sha256' | 'sha384' | 'sha512' = 'sha256', header: Json = {}) =>
  forge({ key, hash, payload: externalClaims(), header: { alg: `HS${hash.slice(3)}`, typ: 'JWT', ...header } })
const HASHES = ['sha256', 'sha384', 'sha512'] as const

/** The classes of the matrix as tokens of an identity provider, none of which is valid. */
export const externalAttacks: Record<string, (listener: string) => string[]> = {
  'alg-none': () =>
    ['none', 'None', 'NONE', 'nOnE', 'none ', '\u0000none'].flatMap((alg) =>
      ['', 'AA', goodSignature].map((end) => `${encode({ alg, typ: 'JWT', kid: rsa.kid })}.${goodPayload}.${end}`),
    ),
  'sig-stripped': () => [`${goodHeader}.${goodPayload}.`, `${goodHeader}.${goodPayload}`],
  'rs-hs-confusion': () =>
    PUBLISHED.flatMap(({ publicKey, kid }) =>
      publicKeyForms(publicKey).flatMap((key) =>
        HASHES.flatMap((hash) => [
          hmac(key, hash, { kid }),
          forge({ key, hash, header: { alg: `HS${hash.slice(3)}`, typ: 'at+jwt' } }),
        ]),
      ),
    ),
  'hs-family-switch': () => [
    ...['RS384', 'RS512', 'PS256', 'PS512'].map((alg) => mint({ ...rsa, alg })),
    ...['RS384', 'PS256'].map((alg) => mint({ ...rsa, alg }, externalClaims(), headerOf(rsa))),
    ...['RS384', 'RS512', 'PS256', 'ES256', 'EdDSA', 'rs256', 'RS256 ', ''].map((alg) => withHeader({ alg })),
    ...HASHES.map((hash) => hmac(SECRET, hash)),
    mint(ec, externalClaims(), headerOf(ec, { kid: rsa.kid })),
    mint(rsa, externalClaims(), headerOf(rsa, { kid: ec.kid })),
  ],
  'empty-key': () =>
    [undefined, 'unknown', ...PUBLISHED.map(({ kid }) => kid)].flatMap((kid) =>
      HASHES.map((hash) => hmac('', hash, { kid })),
    ),
  'weak-keys': () =>
    ['secret', 'changeme', 'your-256-bit-secret', 'JSONExpress', '\0'.repeat(32)].flatMap((key) => [
      hmac(key),
      hmac(key, 'sha256', { kid: rsa.kid }),
    ]),
  'embedded-jwk': () =>
    strangers.flatMap((stranger) => {
      const x5c = [stranger.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')]
      return [
        { jwk: jwkOf(stranger) },
        { x5c },
        { jwk: jwkOf(stranger), kid: undefined },
        { jwk: jwkOf(stranger), kid: 'new' },
      ].map((header) => withHeader(header, stranger))
    }),
  'jku-x5u': (listener) =>
    strangers.flatMap((stranger) =>
      ['jku', 'x5u'].flatMap((name) => [
        withHeader({ [name]: listener }, stranger),
        withHeader({ [name]: listener, kid: 'elsewhere' }, stranger),
      ]),
    ),
  'kid-injection': () =>
    ['../../../../dev/null', '/dev/null', '; id', '" or 1=1 --', '__proto__', 'constructor', 'toString', '\0']
      .concat('x'.repeat(65_536))
      .concat(VALUES as never[])
      .flatMap((kid) => [hmac('', 'sha256', { kid }), withHeader({ kid }), withHeader({ kid }, strangers[0])]),
  psychic: () => {
    const header = encode(headerOf(ec))
    const der = sign('sha256', Buffer.from(`${header}.${goodPayload}`), ec.privateKey)
    const zeros = [
      Buffer.alloc(64),
      Buffer.concat([Buffer.alloc(63), Buffer.of(1)]),
      Buffer.alloc(63),
      Buffer.alloc(65),
    ]
    return [...zeros, der].map((signature) => `${header}.${goodPayload}.${encode(signature)}`)
  },
  crit: () =>
    [['x'], [], 'x', ['alg'], ['b64'], ['x', 'x']].flatMap((crit) => [
      withHeader({ crit }),
      withHeader({ crit, x: 1, b64: false }),
      withHeader({ crit, x: 1, b64: true }),
    ]),
  'dup-json-keys': () => [
    mint(rsa, externalClaims(), `{"alg":"none","alg":"RS256","kid":"${rsa.kid}"}`),
    mint(rsa, externalClaims(), `{"alg":"RS256","alg":"none","kid":"${rsa.kid}"}`),
    mint(rsa, externalClaims(), `{"alg":"HS256","alg":"RS256","kid":"${rsa.kid}"}`),
    withText((text) => text.replace('{', '{"sub":"bob",')),
    withText((text) => text.replace('}', ',"sub":"bob"}')),
    withText((text) => text.replace('{', '{"exp":1,')),
    withText((text) => text.replace('{', '{"a":{"role":"x","role":"admin"},')),
  ],
  proto: () => [
    withText((text) => text.replace('{', '{"__proto__":{"admin":true},')),
    withText((text) => text.replace('{', '{"a":{"__proto__":{"admin":true}},')),
    withClaims({ constructor: { prototype: { admin: true } } }),
    mint(rsa, externalClaims(), `{"alg":"RS256","kid":"${rsa.kid}","__proto__":{"admin":true}}`),
  ],
  // a life longer than ours is its issuer's business
  time: () =>
    [null, true, 'x', String(now() + 900), [], {}, 9e15, now() + 900.5]
      .flatMap((time) => [withClaims({ exp: time }), withClaims({ iat: time })])
      .concat(withClaims({ exp: undefined }))
      .concat(withText((text) => text.replace(/"exp":\d+/, '"exp":1e400')))
      .concat([now() + 3600, null, 'x', true].map((nbf) => withClaims({ nbf })))
      .concat(withClaims({ iat: now() + 86_400, exp: now() + 87_000 })),
  'iss-aud-array': () =>
    [['https://id.example/', 'https://evil'], {}, 'https://id.example', 'HTTPS://ID.EXAMPLE/', null, 1, undefined]
      .map((iss) => withClaims({ iss }))
      .concat([undefined, [], ['other'], 1, 'HTTPS://API.EXAMPLE', null].map((aud) => withClaims({ aud }))),
  // absent, JWT and at+jwt are good here
  typ: () => ['at+jwt ', 'jwt+at', 'refresh', '', 1, null, ['JWT'], 'logout+jwt'].map((typ) => withHeader({ typ })),
  // no row is needed here
  sub: () => [1, [], {}, '', null, undefined, 'a\0b', '\ud800'].map((sub) => withClaims({ sub })),
  // any at all makes it a token of ours, and as such it is forged
  tokenVersion: () =>
    ['0', '1', 0, 1, 0.5, null, -1].flatMap((tv) => [
      withClaims({ tv }),
      withClaims({ tv, sid: 's' }),
      withClaims({ sid: tv }),
    ]),
  malleable: () => otherSpellings(good).concat(standardAlphabet((jti) => withClaims({ jti }))),
  structure: () => [
    ...[1, 2, 4, 5, 6].map((parts) => Array.from({ length: parts }, () => goodPayload).join('.')),
    ...['..', '...', '.', `.${goodPayload}.${goodSignature}`, `${goodHeader}..${goodSignature}`],
    JSON.stringify({ payload: goodPayload, protected: goodHeader, signature: goodSignature }),
    mint(rsa, good, headerOf(rsa, { cty: 'JWT' })),
    ...[[], 'text', 1, null, [externalClaims()]].map((payload) => mint(rsa, JSON.stringify(payload))),
    mint(rsa, externalClaims(), 'null'),
    mint(rsa, externalClaims(), '[]'),
    ...[1000, 3000, 10_000].map((depth) => mint(rsa, `${'['.repeat(depth)}${']'.repeat(depth)}`)),
    ...[8192, 12_000, 102_400, 1_048_576].map((size) => withClaims({ padding: 'x'.repeat(size) })),
  ],
  utf8: () => [
    mint(rsa, Buffer.concat([Buffer.from('{"sub":"'), Buffer.of(0xff, 0xfe), Buffer.from('"}')])),
    mint(rsa, Buffer.from(JSON.stringify(externalClaims()).replace('eve', 'e\u00c0\u00afe'), 'latin1')),
    mint(rsa, Buffer.from(JSON.stringify(externalClaims()), 'utf16le')),
    mint(rsa, `\ufeff${JSON.stringify(externalClaims())}`),
    withClaims({ name: '\udfff' }),
  ],
}
