import type { FastifyBaseLogger } from 'fastify'
import { jwtVerify } from 'jose'
import t, { type Test } from 'tap'
import { createKeySet, KEY_SET_TIMING, type KeySetTiming } from '../src/jwks.js'
import { rsa } from './external-app.js'
import { faults } from './key-server-faults.js'
import { externalClaims, jwkOf, keyPair, mint, startProvider } from './provider.js'

const MINUTE = 60_000
/** Long enough that no second attempt falls into a test. */
const PATIENT: Partial<KeySetTiming> = { backoff: [600_000, 600_000] }
const next = keyPair('RS256', 'next')
const unavailable = { code: 'UNAVAILABLE', statusCode: 503 }

async function keySetOf(t: Test, answer: Parameters<typeof startProvider>[0], timing: Partial<KeySetTiming> = PATIENT) {
  const provider = await startProvider(answer)
  const log: string[] = []
  const warn = (details: object, message: string) => void log.push(`${message} ${JSON.stringify(details)}`)
  const keySet = createKeySet(
    { jwksUri: provider.jwksUri, algorithms: ['RS256', 'EdDSA'] },
    { warn } as unknown as FastifyBaseLogger,
    { ...KEY_SET_TIMING, ...timing },
  )
  t.teardown(async () => {
    keySet.close()
    await provider.stop()
  })
  const verify = async (token: string) => {
    await keySet.ready()
    return (await jwtVerify(token, keySet.key)).payload.sub
  }
  return { provider, keySet, verify, log }
}

const real = Date.now
/** Sets the clock so much ahead of the real one. */
function ahead(t: Test, milliseconds: number): void {
  const clock = t.intercept(Date, 'now', { value: () => real() + milliseconds })
  t.teardown(() => clock.restore())
}

t.test('a hundred cold requests are one fetch, and so are all the following', async (t) => {
  const { provider, verify, keySet } = await keySetOf(t, [jwkOf(rsa)])
  await Promise.all(Array.from({ length: 100 }, () => verify(mint(rsa))))
  for (let i = 0; i < 20; i++) await verify(mint(rsa))
  t.equal(provider.requests, 1)
  t.equal(keySet.generation, 1)
})

t.test('keys of 4 minutes are not asked for again', async (t) => {
  const { provider, verify } = await keySetOf(t, [jwkOf(rsa)])
  await verify(mint(rsa))
  ahead(t, 4 * MINUTE)
  await verify(mint(rsa))
  t.equal(provider.requests, 1)
})

t.test('keys of 6 minutes serve while others are fetched', async (t) => {
  const { provider, verify, keySet } = await keySetOf(t, [jwkOf(rsa)])
  await verify(mint(rsa))
  provider.answer([jwkOf(next)])
  ahead(t, 6 * MINUTE)
  t.equal(await verify(mint(rsa)), 'auth0|eve')
  await until(() => keySet.generation === 2)
  await t.rejects(verify(mint(rsa)), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
  t.equal(await verify(mint(next)), 'auth0|eve')
})

t.test('keys of 11 minutes serve nobody before others are fetched', async (t) => {
  const { provider, verify, keySet } = await keySetOf(t, [jwkOf(rsa)])
  await verify(mint(rsa))
  provider.answer([jwkOf(next)])
  ahead(t, 11 * MINUTE)
  await t.rejects(verify(mint(rsa)), { code: 'ERR_JWKS_NO_MATCHING_KEY' }, 'a key that was dropped')
  t.equal(await verify(mint(next)), 'auth0|eve')
  t.equal(keySet.generation, 2)
})

t.test('the same keys again are no new set', async (t) => {
  const { provider, verify, keySet } = await keySetOf(t, [jwkOf(rsa)])
  await verify(mint(rsa))
  ahead(t, 11 * MINUTE)
  await verify(mint(rsa))
  t.equal(provider.requests, 2)
  t.equal(keySet.generation, 1)
})

t.test('a clock that is set back makes no key young', async (t) => {
  const { provider, verify } = await keySetOf(t, [jwkOf(rsa)])
  await verify(mint(rsa))
  provider.answer([jwkOf(next)])
  ahead(t, -60 * MINUTE)
  await t.rejects(verify(mint(rsa)))
  t.equal(provider.requests, 3, 'one because of the clock, one because of the unknown key')
})

t.test('rotation loses no request', async (t) => {
  const { provider, verify } = await keySetOf(t, [jwkOf(rsa)])
  await verify(mint(rsa))
  provider.answer([jwkOf(rsa), jwkOf(next)])
  const tokens = Array.from({ length: 200 }, (_, i) => mint(i % 2 ? rsa : next))
  const subjects = await Promise.all(tokens.map(verify))
  t.ok(subjects.every((sub) => sub === 'auth0|eve'))
  t.equal(provider.requests, 2)
})

t.test('unknown keys are one fetch in 30 seconds, however many', async (t) => {
  const { provider, verify } = await keySetOf(t, [jwkOf(rsa)], { ...PATIENT, timeout: 60_000 })
  await verify(mint(rsa))
  const start = real()
  let passed = 0 // a clock of its own: on a busy machine the waves take long
  const clock = t.intercept(Date, 'now', { value: () => start + passed })
  t.teardown(() => clock.restore())
  const flood = Array.from({ length: 300 }, (_, i) => mint(rsa, externalClaims(), { alg: 'RS256', kid: `random-${i}` }))
  const wave = async () => {
    const results = await Promise.allSettled([...flood, mint(rsa)].map(verify))
    return results.filter(({ status }) => status === 'fulfilled').length
  }
  t.equal(await wave(), 1)
  t.equal(await wave(), 1)
  t.equal(provider.requests, 2)
  passed = 31_000
  t.equal(await wave(), 1)
  t.equal(provider.requests, 3)
})

t.test('down at the start: 503 at once and no fetch for each request, then it recovers by itself', async (t) => {
  const { provider, verify, log } = await keySetOf(t, (response) => response.writeHead(500).end(), {
    backoff: [300, 300],
  })
  await t.rejects(verify(mint(rsa)), { ...unavailable, cause: { message: 'it answered 500, not 200' } })
  for (let i = 0; i < 200; i++) await t.rejects(verify(mint(rsa)), unavailable)
  t.ok(provider.requests <= 2, `${provider.requests} fetches`)
  t.match(log[0], /auth\.jwksUri cannot be read.*127\.0\.0\.1/)
  provider.answer([jwkOf(rsa)])
  await provider.asked()
  await until(() =>
    verify(mint(rsa)).then(
      () => true,
      () => false,
    ),
  )
})

t.test('down later: the last good keys serve for a day', async (t) => {
  const { provider, verify } = await keySetOf(t, [jwkOf(rsa)])
  await verify(mint(rsa))
  await provider.stop()
  for (const minutes of [6, 11, 23 * 60, 24 * 60 - 1]) {
    t.test(`${minutes} minutes`, async (t) => {
      ahead(t, minutes * MINUTE)
      t.equal(await verify(mint(rsa)), 'auth0|eve')
      await t.rejects(verify(mint(next)), unavailable, 'a new key cannot be told from no key')
      const forged = mint({ ...keyPair(), kid: rsa.kid })
      await t.rejects(verify(forged), { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
    })
  }
  t.test('a day', async (t) => {
    ahead(t, 24 * 60 * MINUTE + 1000)
    await t.rejects(verify(mint(rsa)), unavailable)
  })
})

t.test('while it fails there is one fetch for each wait, not for each request', async (t) => {
  const { provider, verify } = await keySetOf(t, [jwkOf(rsa)])
  await verify(mint(rsa))
  provider.answer((response) => response.writeHead(503).end())
  ahead(t, 11 * MINUTE)
  for (let i = 0; i < 100; i++) await verify(mint(rsa))
  await Promise.allSettled(Array.from({ length: 100 }, () => verify(mint(next))))
  t.equal(provider.requests, 2)
})

t.test('while it fails nobody waits for a slow attempt', { timeout: 20_000 }, async (t) => {
  const { provider, verify, log } = await keySetOf(t, [jwkOf(rsa)], { backoff: [10, 10], timeout: 600_000 })
  await verify(mint(rsa))
  provider.answer((response) => response.writeHead(500).end())
  ahead(t, 11 * MINUTE)
  await verify(mint(rsa))
  await until(() => log.length > 0)
  provider.answer(() => {})
  await provider.asked()
  t.equal(await verify(mint(rsa)), 'auth0|eve')
  await t.rejects(verify(mint(next)), unavailable)
})

for (const [name, fault] of Object.entries(faults)) {
  t.test(`${name}, at the start`, async (t) => {
    const { provider, verify, log } = await keySetOf(t, fault, { ...PATIENT, timeout: 400 })
    await t.rejects(verify(mint(rsa)), unavailable)
    t.equal(provider.requests, 1)
    t.match(log.at(-1), /auth\.jwksUri cannot be read/)
  })

  t.test(`${name}, later`, async (t) => {
    const { provider, verify, log, keySet } = await keySetOf(t, [jwkOf(rsa)], { ...PATIENT, timeout: 400 })
    await verify(mint(rsa))
    provider.answer(fault)
    ahead(t, 11 * MINUTE)
    t.equal(await verify(mint(rsa)), 'auth0|eve', 'the good keys stay')
    await until(() => log.some((line) => line.includes('cannot be read')))
    t.equal(await verify(mint(rsa)), 'auth0|eve')
    t.equal(provider.requests, 2)
    t.equal(keySet.generation, 1)
  })
}

t.test('bad keys beside a good one are dropped, and the log says so once', async (t) => {
  const bad = [jwkOf(next, { e: 'AQ' }), { kty: 'oct', k: 'c2VjcmV0' }, { ...jwkOf(next), d: 'AA' }]
  const { verify, log } = await keySetOf(t, [...bad, jwkOf(rsa)], { ...PATIENT, cooldown: 0 })
  t.equal(await verify(mint(rsa)), 'auth0|eve')
  await t.rejects(verify(mint(next)), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
  t.equal(log.length, 1)
  t.match(log[0], /exponent 1.*not a public key.*not a public key/)
})

t.test('closing hangs up and fetches no more', { timeout: 20_000 }, async (t) => {
  let hungUp: Promise<unknown> | undefined
  const { provider, keySet } = await keySetOf(
    t,
    (response) => {
      hungUp = new Promise((resolve) => response.on('close', resolve))
    },
    { ...PATIENT, timeout: 600_000 },
  )
  const asked = provider.asked()
  const waiting = keySet.ready()
  await asked
  keySet.close()
  await t.rejects(waiting, unavailable)
  await hungUp
  await t.rejects(keySet.ready(), unavailable)
  t.equal(provider.requests, 1)
})

/** Waits for what has no event of its own. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; !(await Promise.resolve(holds())); attempt++) {
    if (attempt === 2000) throw new Error('it never held')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
