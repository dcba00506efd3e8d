import { authSettingsSchema } from '@json-express/core'
import { createHost } from '@json-express/testing'
import t from 'tap'
import { diagnose } from '../src/index.js'
import { SECRET } from './forge.js'
import { faults } from './key-server-faults.js'
import { jwkOf, keyPair, type Provider, startProvider } from './provider.js'

async function findings(auth: object) {
  const app = createHost({ schemas: { auth: authSettingsSchema }, settings: { auth } })
  const found = await diagnose(app)
  await app.close()
  for (const { level, remedy } of found) t.equal(remedy === undefined, level === 'ok')
  return found
}
const about = ({ jwksUri }: Provider) => findings({ jwksUri, jwksIssuer: 'any', jwksAudience: 'any' })
const provider = await startProvider([])
t.teardown(() => provider.stop())
const rsa = jwkOf(keyPair())

t.test('without an identity provider there is nothing to say', async (t) => {
  t.strictSame(await findings({ secret: SECRET }), [])
})

t.test('usable keys are counted, refused ones named', async (t) => {
  provider.answer([rsa, jwkOf(keyPair('ES256'))])
  t.strictSame(await about(provider), [{ subject: 'auth.jwksUri', level: 'ok', message: 'answers, with 1 usable key' }])
  provider.answer([rsa, jwkOf(keyPair('RS256', 'other')), { ...rsa, kid: 'weak', e: 'AQ' }])
  t.match(await about(provider), [
    {
      ...{ subject: 'auth.jwksUri', level: 'warning' },
      message: 'answers, with 2 usable keys; refused: key "weak" has the public exponent 1',
      remedy: /identity provider/,
    },
  ])
})

t.test('a key set that the server refuses is an error', async (t) => {
  for (const [name, respond] of Object.entries(faults)) {
    provider.answer(respond)
    const found = await about(provider)
    t.match(found, [{ subject: 'auth.jwksUri', level: 'error', remedy: /^Correct jex\.auth\.jwksUri/ }], name)
    t.equal(found.length, 1)
  }
})

t.test('a provider that is not there is told apart from one that answers nonsense', async (t) => {
  provider.answer([])
  t.match(await about(provider), [{ message: /no usable key for RS256/ }])
  const gone = await startProvider([rsa])
  await gone.stop()
  t.match(await about(gone), [{ message: /ECONNREFUSED/ }])
})
