import { readdirSync, readFileSync } from 'node:fs'
import type { ExternalAlgorithm } from '@json-express/core'
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose'
import t from 'tap'
import { usableKeys } from '../src/usable-keys.js'
import { externalApp } from './external-app.js'
import { claims, forge } from './forge.js'
import { protectedApp } from './protected-app.js'
import { jwkOf, keyPair, mint } from './provider.js'
import rfc from './vectors/rfc_examples.json' with { type: 'json' }

interface Example {
  title: string
  input: { payload: string; alg: string; key: Record<string, string> }
  output: { compact: string }
}

const folder = new URL('./vectors/cookbook/', import.meta.url)
const examples = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Example)
const signed = examples.filter(({ input }) => input.key.kty !== 'oct')

/** The public half of a key of an example, fit for what the example does with it. */
function published({ alg, key }: Example['input']): Record<string, string | undefined> {
  const { kty, kid, n, e, crv, x, y } = key
  return { kty, kid, alg, use: 'sig', ...(kty === 'RSA' ? { n, e } : kty === 'EC' ? { crv, x, y } : { crv, x }) }
}

t.ok(signed.length >= 4, `${signed.length} signatures`)
for (const { title, input, output } of signed) {
  t.test(`${title} verifies by the key as it is kept, and no other signature does`, async (t) => {
    const { keys, refused } = usableKeys({ keys: [published(input)] }, [input.alg as ExternalAlgorithm])
    t.strictSame(refused, [])
    const keySet = createLocalJWKSet({ keys } as JSONWebKeySet)
    const { payload } = await compactVerify(output.compact, keySet, { algorithms: [input.alg] })
    t.equal(Buffer.from(payload).toString(), input.payload)
    const [header, body, signature = ''] = output.compact.split('.')
    const flipped = Buffer.from(signature, 'base64url')
    flipped[7] = (flipped[7] ?? 0) ^ 1
    await t.rejects(compactVerify(`${header}.${body}.${flipped.toString('base64url')}`, keySet))
    t.throws(
      () => usableKeys({ keys: [input.key] }, [input.alg as ExternalAlgorithm]),
      /no usable key/,
      'with its private half it is refused',
    )
  })
}

t.test('what is signed and says nothing of a caller is no access token', async (t) => {
  const algorithms = ['RS256', 'PS384', 'ES256', 'ES512', 'EdDSA', 'HS256']
  const own = keyPair('ES256', 'own')
  const { get, close, provider } = await externalApp({ algorithms, secret: 'k3'.repeat(24) }, { keys: [own] })
  t.teardown(close)
  const { rfc7515_A1_HS256: a1, rfc7515_A3_ES256: a3, rfc8037_A4_EdDSA: a4, rfc7519_6_1_unsecured: unsecured } = rfc
  provider.answer([jwkOf(own), a3.key, ...signed.map(({ input }) => published(input))])
  const real = Date.now
  const clock = t.intercept(Date, 'now', { value: () => real() + 11 * 60_000 })
  t.match(await get(`Bearer ${mint(own)}`), { status: 200 }, 'these keys are the key set now')
  clock.restore()
  for (const token of [a1.jws, a3.jws, a4.jws, unsecured.jws, ...examples.map(({ output }) => output.compact)]) {
    t.match(await get(`Bearer ${token}`), { status: 401, code: 'INVALID_TOKEN' }, token.slice(0, 60))
  }
})

t.test(
  'the keys of the examples are secrets that everybody knows; a server with another one takes no token of theirs',
  async (t) => {
    const { app, get } = await protectedApp()
    t.teardown(() => app.close())
    const key = Buffer.from(rfc.rfc7515_A1_HS256.key.k, 'base64url')
    t.match(await get(`Bearer ${forge({ key, payload: claims() })}`), { status: 401, code: 'INVALID_TOKEN' })
  },
)
