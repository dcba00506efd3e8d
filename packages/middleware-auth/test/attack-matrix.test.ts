import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { attacks, good } from './attacks.js'
import { externalApp } from './external-app.js'
import { externalAttacks, good as externalGood, PUBLISHED } from './external-attacks.js'
import { claims, forge, now, SECRET } from './forge.js'
import { type ProtectedApp, protectedApp, user } from './protected-app.js'
import matrix from './vectors/jwt_attack_matrix.json' with { type: 'json' }

interface World {
  name: string
  honest: string[]
  attacks: (typeof attacks)[]
  start(id: string): Promise<ProtectedApp & { close(): Promise<unknown> }>
}

const algorithms = ['HS256', 'RS256', 'ES256', 'EdDSA']
const local = (id: string) => (id === 'iss-aud-array' ? { issuer: 'https://good', audience: 'api' } : {})

const worlds: World[] = [
  {
    name: 'own tokens',
    honest: [good],
    attacks: [attacks],
    async start(id) {
      const host = await protectedApp(local(id))
      return { ...host, close: () => host.app.close() }
    },
  },
  {
    name: 'tokens of an identity provider',
    honest: [externalGood],
    attacks: [externalAttacks, attacks],
    start: () => externalApp({ algorithms }, { keys: PUBLISHED }),
  },
  {
    name: 'both',
    honest: [good, externalGood],
    attacks: [attacks, externalAttacks],
    start: (id) => externalApp({ algorithms, secret: SECRET, ...local(id) }, { keys: PUBLISHED, identities: true }),
  },
]

for (const world of worlds) {
  t.test(world.name, async (t) => {
    t.test('the honest token passes, so that a refusal below means something', async (t) => {
      const { get, close } = await world.start('')
      t.teardown(close)
      for (const token of world.honest) t.match(await get(`Bearer ${token}`), { status: 200 })
    })

    for (const { id, mutate } of matrix.cases) {
      if (id === 'authorization-header') continue
      t.test(`${id}: ${mutate}`, async (t) => {
        let requests = 0
        const listener = createServer(() => void requests++).listen(0, '127.0.0.1')
        t.teardown(() => listener.close())
        await once(listener, 'listening')
        const { port } = listener.address() as AddressInfo
        const { get, close } = await world.start(id)
        t.teardown(close)
        for (const classes of world.attacks) {
          const tokens = classes[id]?.(`http://127.0.0.1:${port}`) ?? []
          t.ok(tokens.length > 0, 'there are tokens for this class')
          for (const token of tokens) {
            const { body, ...answer } = await get(`Bearer ${token}`)
            t.strictSame(
              answer,
              {
                ...{ status: 401, code: 'INVALID_TOKEN', message: 'The token is not valid' },
                challenge: 'Bearer error="invalid_token"',
              },
              token.slice(0, 120),
            )
          }
        }
        t.equal(requests, 0, 'nothing a token names is fetched')
        t.notOk('admin' in {}, 'the prototype of objects is untouched')
      })
    }
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
  const revoked = [{ sub: 'gone' }, { sub: 'dis' }, { sub: 'null' }, { sub: 'undefined' }, { tv: 1 }, { tv: 7 }]
  for (const changes of revoked) {
    const answer = await get(`Bearer ${forge({ payload: claims(changes) })}`)
    t.match(
      answer,
      { status: 401, code: 'TOKEN_REVOKED', challenge: 'Bearer error="invalid_token"' },
      JSON.stringify(changes),
    )
  }
})
