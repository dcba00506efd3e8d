import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { attacks, good } from './attacks.js'
import { claims, forge, now } from './forge.js'
import { protectedApp, user } from './protected-app.js'
import matrix from './vectors/jwt_attack_matrix.json' with { type: 'json' }

t.test('the honest token passes, so that a refusal below means something', async (t) => {
  const { app, get } = await protectedApp()
  t.teardown(() => app.close())
  t.match(await get(`Bearer ${good}`), { status: 200, body: { user: { id: 'ann', role: 'user' } } })
})

for (const { id, mutate } of matrix.cases) {
  if (id === 'authorization-header') continue
  t.test(`${id}: ${mutate}`, async (t) => {
    let requests = 0
    const listener = createServer(() => void requests++).listen(0, '127.0.0.1')
    t.teardown(() => listener.close())
    await once(listener, 'listening')
    const { port } = listener.address() as AddressInfo
    const attack = attacks[id]
    if (attack === undefined) return t.fail('there are no tokens for this class')
    const settings = id === 'iss-aud-array' ? { issuer: 'https://good', audience: 'api' } : {}
    const { app, get } = await protectedApp(settings)
    t.teardown(() => app.close())
    const tokens = attack(`http://127.0.0.1:${port}`)
    for (const token of tokens) {
      const answer = await get(`Bearer ${token}`)
      t.match(
        answer,
        { status: 401, code: 'INVALID_TOKEN', challenge: 'Bearer error="invalid_token"' },
        token.slice(0, 120),
      )
      t.equal(answer.message, 'The access token is not valid')
    }
    t.ok(tokens.length > 0)
    t.equal(requests, 0, 'nothing a token names is fetched')
    t.notOk('admin' in {}, 'the prototype of objects is untouched')
  })
}

t.test('signed by us, and yet not good', async (t) => {
  const { app, get, rows } = await protectedApp()
  t.teardown(() => app.close())
  rows.set('dis', user('dis', { disabled: true }))
  const expired = [now() - 6, now() - 86_400, 0, -1].map((exp) => claims({ exp, iat: Math.min(now() - 10, exp - 900) }))
  for (const payload of expired) {
    t.match(await get(`Bearer ${forge({ payload })}`), { status: 401, code: 'TOKEN_EXPIRED' }, `exp ${payload.exp}`)
    const stranger = forge({ payload, key: 'somebody else' })
    t.match(
      await get(`Bearer ${stranger}`),
      { status: 401, code: 'INVALID_TOKEN' },
      'only a good signature is told why',
    )
  }
  const revoked = [
    { sub: 'gone' },
    { sub: 'dis' },
    { sub: 'null' },
    { sub: 'undefined' },
    { sub: '\ud800' },
    { tv: 1 },
    { tv: 7 },
  ]
  for (const changes of revoked) {
    const answer = await get(`Bearer ${forge({ payload: claims(changes) })}`)
    t.match(
      answer,
      { status: 401, code: 'TOKEN_REVOKED', challenge: 'Bearer error="invalid_token"' },
      JSON.stringify(changes),
    )
  }
})
