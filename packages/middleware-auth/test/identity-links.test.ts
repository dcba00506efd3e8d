import t from 'tap'
import { externalApp, rsa } from './external-app.js'
import { claims, forge, SECRET } from './forge.js'
import { user } from './protected-app.js'
import { externalClaims, ISSUER, mint } from './provider.js'

const token = (changes: Record<string, unknown> = {}) => `Bearer ${mint(rsa, externalClaims(changes))}`
const link = (subject: string, userId: string, issuer = ISSUER) => ({ id: subject, issuer, subject, userId })
const SETTINGS = { jwksIssuer: 'any' }

for (const [world, secret] of [
  ['alone', undefined],
  ['beside our own tokens', SECRET],
] as const) {
  t.test(`a link takes away and never gives, ${world}`, async (t) => {
    const { get, close, links, rows } = await externalApp({ ...SETTINGS, secret }, { identities: true })
    t.teardown(close)
    t.match(await get(token()), { status: 200 }, 'nobody is linked')

    links.push(link('auth0|eve', 'bob'))
    const linked = await get(token({ role: 'editor' }))
    t.match(
      linked,
      { status: 200, body: { user: { id: 'auth0|eve', role: 'editor' } } },
      'not the id nor role of the row',
    )

    rows.set('bob', user('bob', { role: 'admin', disabled: true }))
    t.match(await get(token()), { status: 401, code: 'TOKEN_REVOKED', challenge: 'Bearer error="invalid_token"' })
    t.match(await get(token({ iss: 'https://other.example' })), { status: 200 }, 'the same subject of another issuer')
    t.match(await get(token({ sub: 'auth0|EVE' })), { status: 200 })

    rows.set('bob', user('bob'))
    t.match(await get(token()), { status: 200 }, 'at the very next request')
    rows.delete('bob')
    t.match(await get(token()), { status: 401, code: 'TOKEN_REVOKED' }, 'linked to a user who is gone')
  })
}

t.test('linked to several users, each of them can shut it out', async (t) => {
  const { get, close, links, rows } = await externalApp({}, { identities: true })
  t.teardown(close)
  links.push(link('auth0|eve', 'ann'), link('auth0|eve', 'bob'))
  t.match(await get(token()), { status: 200 })
  rows.set('ann', user('ann', { disabled: true }))
  t.match(await get(token()), { status: 401, code: 'TOKEN_REVOKED' })
})

t.test('a subject that is the id of a user', async (t) => {
  const mixed = await externalApp({ secret: SECRET }, { identities: true })
  const alone = await externalApp({}, { identities: true })
  t.teardown(() => Promise.all([mixed.close(), alone.close()]))
  const ann = token({ sub: 'ann' })
  t.match(await mixed.get(ann), { status: 401, code: 'INVALID_TOKEN' })
  t.match(await alone.get(ann), { status: 200 }, 'where only they issue, their subjects are the ids')
  mixed.links.push(link('ann', 'bob'))
  t.match(await mixed.get(ann), { status: 401, code: 'INVALID_TOKEN' }, 'linked to somebody else')
  mixed.links.push(link('ann', 'ann', 'https://other.example'))
  t.match(await mixed.get(ann), { status: 401, code: 'INVALID_TOKEN' }, 'linked by another issuer')
  mixed.links.push(link('ann', 'ann'))
  t.match(await mixed.get(ann), { status: 200, body: { user: { id: 'ann', sessionId: null } } })
  t.match(await mixed.get(`Bearer ${forge({ payload: claims() })}`), { status: 200, body: { user: { id: 'ann' } } })
})

t.test('a burst asks once for each subject, not once for each request', async (t) => {
  const { get, close, links, linkQueries, queries } = await externalApp({}, { identities: true })
  t.teardown(close)
  links.push(link('s0', 'ann'), link('s1', 'bob'))
  const tokens = ['s0', 's1', 's2'].map((sub) => token({ sub }))
  await Promise.all(tokens.map((one) => get(one)))
  linkQueries.length = queries.length = 0
  const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => get(tokens[index % 3])))
  t.ok(answers.every(({ status }) => status === 200))
  t.ok(linkQueries.length < 30, `${linkQueries.length} queries for links`)
  t.ok(queries.length < 30, `${queries.length} queries for users`)
  t.ok(linkQueries.every((subjects) => new Set(subjects as string[]).size === (subjects as string[]).length))
})

t.test('a database that fails is 503, never 401 and never a guess', async (t) => {
  const { get, close, outage } = await externalApp({}, { identities: true })
  t.teardown(close)
  outage.error = new Error('gone')
  t.match(await get(token()), { status: 503, code: 'UNAVAILABLE', challenge: undefined })
  outage.error = null
  t.match(await get(token()), { status: 200 })
})

t.test('without users nobody is asked', async (t) => {
  const { get, close, queries, linkQueries } = await externalApp({ secret: SECRET }, { users: false, identities: true })
  t.teardown(close)
  t.match(await get(token({ sub: 'ann' })), { status: 200 })
  t.strictSame([queries, linkQueries], [[], []])
})
