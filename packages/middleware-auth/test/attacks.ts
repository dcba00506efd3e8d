import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { claims, encode, forge, now, withHeader, without } from './forge.js'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed = generateKeyPairSync('ed25519')
export const good = forge()
const [goodHeader = '', goodPayload = '', goodSignature = ''] = good.split('.')
const VALUES = [null, true, 0, '', [], {}]

/** The classes of the matrix as tokens, none of which is valid. `listener` is a URL that must never be asked. */
export const attacks: Record<string, (listener: string) => string[]> = {
  'alg-none': () =>
    ['none', 'None', 'NONE', 'nOnE', 'none ', '\u0000none'].flatMap((alg) =>
      ['', 'AA', goodSignature].map((end) => `${encode({ alg, typ: 'at+jwt' })}.${goodPayload}.${end}`),
    ),
  'sig-stripped': () => [`${goodHeader}.${goodPayload}.`, `${goodHeader}.${goodPayload}`],
  'rs-hs-confusion': () =>
    publicKeyForms(rsa.publicKey).flatMap((key) =>
      (['sha256', 'sha384', 'sha512'] as const).map((hash) =>
        forge({ key, hash, header: { alg: `HS${hash.slice(3)}`, typ: 'at+jwt' } }),
      ),
    ),
  'hs-family-switch': () =>
    (['sha384', 'sha512'] as const).flatMap((hash) => [
      forge({ hash, header: { alg: `HS${hash.slice(3)}`, typ: 'at+jwt' } }),
      forge({ hash }),
      forge({ header: { alg: `HS${hash.slice(3)}`, typ: 'at+jwt' } }),
    ]),
  'empty-key': () => [undefined, 'unknown', 'empty'].map((kid) => forge({ key: '', header: headerWith({ kid }) })),
  'weak-keys': () =>
    ['secret', 'changeme', 'your-256-bit-secret', 'JSONExpress', '\0'.repeat(32)].map((key) => forge({ key })),
  'embedded-jwk': () =>
    [rsa, ec, ed].flatMap(({ publicKey, privateKey }) => [
      asymmetric(privateKey, { jwk: publicKey.export({ format: 'jwk' }) }),
      asymmetric(privateKey, { x5c: [publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] }),
      forge({ key: 'mine', header: headerWith({ jwk: { kty: 'oct', k: encode('mine') } }) }),
    ]),
  'jku-x5u': (listener) => ['jku', 'x5u'].map((name) => asymmetric(rsa.privateKey, { [name]: listener })),
  'kid-injection': () =>
    ['../../../../dev/null', '/dev/null', '; id', '" or 1=1 --', '__proto__', 'constructor', 'toString', '\0']
      .concat('x'.repeat(65_536))
      .concat(VALUES as never[])
      .flatMap((kid) => [forge({ key: '', header: headerWith({ kid }) }), withHeader({ kid })]),
  psychic: () =>
    [Buffer.alloc(64), Buffer.concat([Buffer.alloc(63), Buffer.of(1)]), Buffer.alloc(63), Buffer.alloc(65)]
      .map((signature) => `${encode({ alg: 'ES256', typ: 'at+jwt' })}.${goodPayload}.${encode(signature)}`)
      .concat(asymmetric(ec.privateKey), asymmetric(ec.privateKey, {}, 'der')),
  crit: () =>
    [['x'], [], 'x', ['alg'], ['b64'], ['x', 'x']].flatMap((crit) => [
      withHeader({ crit }),
      withHeader({ crit, x: 1, b64: false }),
    ]),
  'dup-json-keys': () => [
    forge({ header: '{"alg":"none","alg":"HS256","typ":"at+jwt"}' }),
    forge({ header: '{"alg":"HS256","alg":"none","typ":"at+jwt"}' }),
    forge({ payload: JSON.stringify(claims()).replace('{', '{"sub":"bob",') }),
    forge({ payload: JSON.stringify(claims()).replace('}', ',"sub":"bob"}') }),
    forge({ payload: JSON.stringify(claims()).replace('{', '{"exp":1,') }),
  ],
  proto: () => [
    forge({ payload: JSON.stringify(claims()).replace('{', '{"__proto__":{"admin":true},') }),
    forge({ payload: claims({ constructor: { prototype: { admin: true } } }) }),
    forge({ header: '{"alg":"HS256","typ":"at+jwt","__proto__":{"admin":true}}' }),
  ],
  time: () =>
    [null, true, 'x', String(now() + 900), [], {}, 9e15, now() + 900.5]
      .flatMap((exp) => [forge({ payload: claims({ exp }) }), forge({ payload: claims({ iat: exp }) })])
      .concat(forge({ payload: without('exp') }), forge({ payload: without('iat') }))
      .concat(forge({ payload: JSON.stringify(claims()).replace(/"exp":\d+/, '"exp":1e400') }))
      .concat(forge({ payload: claims({ nbf: now() + 3600 }) }))
      .concat(forge({ payload: claims({ iat: now() + 86_400, exp: now() + 87_000 }) }))
      .concat(forge({ payload: claims({ exp: now() + 901 }) })),
  'iss-aud-array': () =>
    [['https://good', 'https://evil'], {}, 'https://good/', 'HTTPS://GOOD', null, 1]
      .map((iss) => forge({ payload: claims({ iss, aud: 'api' }) }))
      .concat(
        [undefined, [], ['other'], ['api'], ['api', 'other'], 1, 'API', null].map((aud) =>
          forge({ payload: claims({ iss: 'https://good', aud }) }),
        ),
      ),
  typ: () =>
    [undefined, 'JWT', 'at+jwt ', 'AT+JWT', 'application/at+jwt', 'jwt+at', 'refresh', 1, null].map((typ) =>
      withHeader({ typ }),
    ),
  sub: () =>
    [1, [], {}, '', null].map((sub) => forge({ payload: claims({ sub }) })).concat(forge({ payload: without('sub') })),
  tokenVersion: () =>
    ['0', '1', 0.5, null, -1, 2 ** 53]
      .map((tv) => forge({ payload: claims({ tv }) }))
      .concat(forge({ payload: without('tv') })),
  malleable: () =>
    otherSpellings(good).concat(standardAlphabet((jti) => forge({ payload: claims({ jti: String(jti) }) }))),
  structure: () => [
    ...[1, 2, 4, 5, 6].map((parts) => Array.from({ length: parts }, () => goodPayload).join('.')),
    ...['..', '...', '.', `.${goodPayload}.${goodSignature}`, `${goodHeader}..${goodSignature}`],
    JSON.stringify({ payload: goodPayload, protected: goodHeader, signature: goodSignature }),
    forge({ header: headerWith({ cty: 'JWT' }), payload: good }),
    ...[[], 'text', 1, null, [claims()]].map((payload) => forge({ payload: JSON.stringify(payload) })),
    forge({ header: 'null' }),
    forge({ header: '[]' }),
    ...[1000, 3000, 10_000].map((depth) => forge({ payload: `${'['.repeat(depth)}${']'.repeat(depth)}` })),
    ...[8192, 12_000, 102_400, 1_048_576].map((size) => forge({ payload: claims({ padding: 'x'.repeat(size) }) })),
  ],
  utf8: () => [
    forge({ payload: Buffer.concat([Buffer.from('{"sub":"'), Buffer.of(0xff, 0xfe), Buffer.from('"}')]) }),
    forge({ payload: Buffer.from(JSON.stringify(claims()).replace('ann', 'a\u00c0\u00afn'), 'latin1') }),
    forge({ payload: Buffer.from(JSON.stringify(claims()), 'utf16le') }),
  ],
}

function headerWith(changes: Record<string, unknown>): Record<string, unknown> {
  return { alg: 'HS256', typ: 'at+jwt', ...changes }
}

function asymmetric(key: KeyObject, header: Record<string, unknown> = {}, form: 'der' | 'ieee-p1363' = 'ieee-p1363') {
  const alg = { ec: 'ES256', ed25519: 'EdDSA', rsa: 'RS256' }[String(key.asymmetricKeyType)]
  const input = `${encode(headerWith({ ...header, alg }))}.${goodPayload}`
  const digest = alg === 'EdDSA' ? null : 'sha256'
  return `${input}.${encode(sign(digest, Buffer.from(input), { key, dsaEncoding: form }))}`
}

/** A public key in everything that a verifier might take for the text of a secret. */
export function publicKeyForms(key: KeyObject): (string | Buffer)[] {
  const pem = String(key.export({ type: 'spki', format: 'pem' }))
  const jwk = key.export({ format: 'jwk' })
  const prefixes = ['', ' ', '\r\n', '\ufeff', '# key\n', '\u200b', '\t']
  return [
    ...prefixes.map((prefix) => prefix + pem),
    pem.trimEnd(),
    key.export({ type: 'spki', format: 'der' }),
    JSON.stringify(jwk),
    JSON.stringify({ keys: [jwk] }),
    JSON.stringify([jwk]),
  ]
}

/** The same bytes, more or less. */
export function otherSpellings(token: string): string[] {
  const [header, payload, signature] = token.split('.')
  return [
    ...['=', ' ', '\n', '\r\n', '\0', '\ufeff', '%00', '.', '_', 'A'].map((end) => token + end),
    ...[...'AQgw048BCDEFabc'].map((last) => token.slice(0, -1) + last).filter((other) => other !== token),
    ...[' ', '=', '\0'].map((start) => start + token),
    `${header}=.${payload}.${signature}`,
    `${header}.${payload}==.${signature}`,
  ]
}

/** A good token in the alphabet of base64 proper: found by trying, since not every one holds one of the two characters. */
export function standardAlphabet(tokenOf: (attempt: number) => string): string {
  for (let attempt = 0; ; attempt++) {
    const token = tokenOf(attempt)
    const other = token.replaceAll('-', '+').replaceAll('_', '/')
    if (other !== token) return other
  }
}
