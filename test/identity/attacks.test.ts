import { createHash, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportSPKI, generateKeyPair, UnsecuredJWT } from 'jose'
import t, { type Test } from 'tap'
import { AUDIENCE, guardedApp, ISSUER } from './guarded-app.js'
import { member, PASSWORD } from './people.js'
import { type Claims, claimsOf, forged, SECRET, type SignOptions, signed } from './tokens.js'

const GOOD_HEADER = { alg: 'HS256', typ: 'at+jwt' }
const { server, call, admin, ann, bob } = await guardedApp(t)

/** Ann's claims; her version is 1 since she set her password. */
const anns = (changes: Claims = {}) => claimsOf(ann.id, 1, { iss: ISSUER, aud: AUDIENCE, ...changes })
const annsWithout = (name: string) => Object.fromEntries(Object.entries(anns()).filter(([key]) => key !== name))
const me = (token: string) => call('GET', '/auth/me', undefined, token)

/** Each code has one body, byte by byte, whatever was wrong. */
const bodies = new Map<string, Set<string>>()
async function refused(t: Test, token: string, code: string, what: string) {
  const answer = await me(token)
  t.match(answer, { status: 401, body: { error: { code } } }, what)
  t.equal(answer.headers.get('www-authenticate'), 'Bearer error="invalid_token"', what)
  bodies.set(code, (bodies.get(code) ?? new Set()).add(answer.text))
}

t.test('a token made elsewhere with our secret and our claims passes, so that a refusal means something', async (t) => {
  t.match(await me(await signed(anns())), { status: 200, body: { email: 'ann@example.com' } })
  t.match(await me(forged(GOOD_HEADER, anns())), { status: 200, body: { email: 'ann@example.com' } })
})

t.test('other algorithms and other keys', async (t) => {
  const key = (bytes: number) => new TextEncoder().encode(SECRET.repeat(4).slice(0, bytes))
  const rsa = await generateKeyPair('RS256', { extractable: true })
  const spki = await exportSPKI(rsa.publicKey)
  const asymmetric = await Promise.all(
    ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'].map(async (alg) => ({
      alg,
      key: (await generateKeyPair(alg)).privateKey,
    })),
  )
  const options: (SignOptions & { alg: string })[] = [
    ...asymmetric,
    { alg: 'RS256', key: rsa.privateKey },
    { alg: 'HS384', key: key(48) },
    { alg: 'HS512', key: key(64) },
    { alg: 'HS256', key: key(64) },
    { alg: 'HS256', key: new TextEncoder().encode(spki) },
    { alg: 'HS256', key: new TextEncoder().encode(spki.trimEnd()) },
    { alg: 'HS256', key: createHash('sha256').update(SECRET).digest() },
    { alg: 'HS256', key: Buffer.from(SECRET, 'base64') },
    { alg: 'HS256', key: new TextEncoder().encode(`${SECRET}\n`) },
  ]
  for (const option of options) await refused(t, await signed(anns(), option), 'INVALID_TOKEN', option.alg)
  for (const hash of ['sha384', 'sha512']) {
    const alg = `HS${hash.slice(3)}`
    await refused(t, forged({ ...GOOD_HEADER, alg }, anns(), SECRET, hash), 'INVALID_TOKEN', `${alg} with our secret`)
    await refused(t, forged(GOOD_HEADER, anns(), SECRET, hash), 'INVALID_TOKEN', `${alg} called HS256`)
  }
  await refused(t, new UnsecuredJWT(anns()).encode(), 'INVALID_TOKEN', 'unsecured')
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '', null, 0, [], ['HS256'], 'hs256', 'HS256 ', undefined]) {
    const token = forged({ ...GOOD_HEADER, alg }, anns())
    await refused(t, token, 'INVALID_TOKEN', `alg ${JSON.stringify(alg)} with a good signature`)
    await refused(t, token.replace(/[^.]*$/, ''), 'INVALID_TOKEN', `alg ${JSON.stringify(alg)} without one`)
  }
})

t.test('a key that comes with the token, or from where the token says', async (t) => {
  let asked = 0
  const listener = createServer((_request, response) => {
    asked++
    response.end('{}')
  }).listen(0, '127.0.0.1')
  t.teardown(() => listener.close())
  await once(listener, 'listening')
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/keys`
  const mine = Buffer.alloc(32, 7)
  const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
  const parameters = [
    { jwk: { kty: 'oct', k: mine.toString('base64url') } },
    { jwk },
    { jku: url },
    { x5u: url },
    { x5c: ['AAAA'] },
    { kid: '../../../../dev/null' },
    { kid: '__proto__' },
    { kid: { $ne: null } },
    { crit: ['b64'], b64: false },
    { crit: [] },
    { zip: 'DEF' },
    { cty: 'JWT' },
  ]
  for (const parameter of parameters) {
    const header = { ...GOOD_HEADER, ...parameter }
    for (const key of [mine, Buffer.alloc(0), SECRET]) {
      await refused(t, forged(header, anns(), key), 'INVALID_TOKEN', JSON.stringify(parameter).slice(0, 60))
    }
  }
  t.equal(asked, 0, 'nothing a token names is fetched')
})

t.test('claims that we would not have signed', async (t) => {
  const now = Math.floor(Date.now() / 1000)
  const changes: Claims[] = [
    ...[[ISSUER], [ISSUER, 'https://evil.example'], `${ISSUER}/`, ISSUER.toUpperCase(), {}, null].map((iss) => ({
      iss,
    })),
    ...[[AUDIENCE], [AUDIENCE, 'other'], ['other'], [], 'API', {}, 1, null].map((aud) => ({ aud })),
    ...['1', 1.5, -1, null, true, [1], 2 ** 53, 1e300].map((tv) => ({ tv })),
    ...[1, '', null, [], {}, [ann.id], true, '\ud800'].map((sub) => ({ sub })),
    ...[1, '', null, ['admin'], {}].flatMap((text) => [{ role: text }, { sid: text }]),
    ...['x', null, true, [], {}, String(now + 900), now + 900.5, 9e15].flatMap((time) => [
      { exp: time },
      { iat: time },
    ]),
    ...[{ nbf: now + 3600 }, { iat: now + 86_400, exp: now + 87_000 }, { exp: now + 901, iat: now - 1 }],
  ]
  for (const change of changes)
    await refused(t, forged(GOOD_HEADER, anns(change)), 'INVALID_TOKEN', JSON.stringify(change))
  for (const name of ['sub', 'role', 'sid', 'tv', 'jti', 'iat', 'exp', 'iss', 'aud']) {
    await refused(t, forged(GOOD_HEADER, annsWithout(name)), 'INVALID_TOKEN', `without ${name}`)
  }
  for (const typ of ['JWT', 'jwt', 'at+jwt ', 'rt+jwt', 'application/at+jwt', '']) {
    await refused(t, await signed(anns(), { typ }), 'INVALID_TOKEN', `typ ${JSON.stringify(typ)}`)
  }
  for (const claims of [[], 'text', 1, null, [anns()]]) {
    await refused(t, forged(GOOD_HEADER, claims), 'INVALID_TOKEN', JSON.stringify(claims).slice(0, 20))
  }
})

t.test('why a token is refused is told only to who holds one of ours', async (t) => {
  const old = anns({ iat: Math.floor(Date.now() / 1000) - 1000, exp: Math.floor(Date.now() / 1000) - 100 })
  await refused(t, await signed(old), 'TOKEN_EXPIRED', 'expired')
  await refused(t, forged(GOOD_HEADER, old, 'x'.repeat(32)), 'INVALID_TOKEN', 'expired, and not ours')
  const gone = await member(server, call, admin, 'gone@example.com')
  const shut = await member(server, call, admin, 'shut@example.com')
  await call('DELETE', `/users/${gone.id}`, undefined, admin)
  await call('PATCH', `/users/${shut.id}`, { disabled: true }, admin)
  const revoked: [what: string, changes: Claims][] = [
    ['deleted', { sub: gone.id }],
    ['disabled', { sub: shut.id }],
    ['disabled, at its newest version', { sub: shut.id, tv: 2 }],
    ['older', { tv: 0 }],
    ['newer', { tv: 2 }],
    ...['null', 'undefined', '*', '%', "' or 1=1 --", '\u0000', `${ann.id}\u0000`, ann.id.toUpperCase()].map(
      (sub): [string, Claims] => [`of ${JSON.stringify(sub)}`, { sub }],
    ),
  ]
  for (const [what, changes] of revoked) {
    await refused(t, await signed(anns(changes)), 'TOKEN_REVOKED', what)
    await refused(t, await signed(anns(changes), { key: new Uint8Array(32) }), 'INVALID_TOKEN', `${what}, and not ours`)
  }
  for (const access of [gone.access, shut.access]) await refused(t, access, 'TOKEN_REVOKED', 'issued by the server')
})

t.test('one body for each code', async (t) => {
  t.strictSame([...bodies.keys()].sort(), ['INVALID_TOKEN', 'TOKEN_EXPIRED', 'TOKEN_REVOKED'])
  for (const [code, texts] of bodies) t.strictSame([...texts].slice(1), [], `${code} beside ${[...texts][0]}`)
})

t.test('the role of a token is no role: the row has it', async (t) => {
  const bold = await signed(anns({ role: 'admin' }))
  t.match(await me(bold), { status: 200, body: { role: 'user' } })
  t.match(await call('POST', '/users', { email: 'x@example.com', role: 'user' }, bold), { status: 403 })
})

t.test('the same good token a hundred times', async (t) => {
  const statuses: number[] = []
  for (let i = 0; i < 100; i++) statuses.push((await me(ann.access)).status)
  t.strictSame(statuses, Array(100).fill(200))
})

t.test('two users interleaved five hundred times: nobody gets the identity of the other', async (t) => {
  const asked = Array.from({ length: 500 }, (_, i) => ((i * 7919) % 13 < 6 ? ann : bob))
  for (let at = 0; at < asked.length; at += 50) {
    const batch = asked.slice(at, at + 50)
    const answers = await Promise.all(batch.map(({ access }) => me(access)))
    t.strictSame(
      answers.map(({ body }) => body.id),
      batch.map(({ id }) => id),
    )
  }
})

t.test('nothing of all this was a failure of the server, or told in its log', async (t) => {
  const log = server.output()
  t.notMatch(log, /"level":(50|60)/)
  t.notOk(log.includes(SECRET) || log.includes(PASSWORD) || log.includes(ann.access))
})
