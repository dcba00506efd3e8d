import t from 'tap'
import { externalApp, rsa } from './external-app.js'
import { claims, forge } from './forge.js'
import { externalClaims, mint, startProvider } from './provider.js'

t.test('a server boots while its provider is down, and says so', async (t) => {
  const provider = await startProvider([])
  await provider.stop()
  const { get, log, close } = await externalApp({ jwksUri: provider.jwksUri })
  t.teardown(close)
  t.equal(log.length, 1)
  t.match(log[0], /auth\.jwksUri/)
  t.match(await get(`Bearer ${mint(rsa)}`), { status: 503, code: 'UNAVAILABLE', challenge: undefined })
  t.match(await get(), { status: 401, code: 'MISSING_TOKEN' })
  t.match(await get('Bearer x'), { status: 401, code: 'INVALID_TOKEN' })
  t.match(await get(`Bearer ${mint(rsa, externalClaims({ iss: 'evil' }))}`), { status: 401, code: 'INVALID_TOKEN' })
  for (const header of [{ alg: 'none' }, { typ: 'JWT' }, { alg: 'RS512' }, { alg: 'ES256' }, { alg: null }]) {
    const token = mint(rsa, externalClaims(), header)
    t.match(await get(`Bearer ${token}`), { status: 401, code: 'INVALID_TOKEN' }, JSON.stringify(header))
  }
  t.match(await get(`Bearer ${mint(rsa, externalClaims({ nbf: 'x' }))}`), { status: 401, code: 'INVALID_TOKEN' })
  for (const payload of [claims(), externalClaims()]) {
    t.match(await get(`Bearer ${forge({ payload })}`), { status: 401, code: 'INVALID_TOKEN' }, 'HS is not their family')
  }
})
