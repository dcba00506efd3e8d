import t from 'tap'
import { AUDIENCE, ISSUER, identityProvider } from '../harness/identity-provider.js'
import { PASSWORD, quickApp } from '../harness/quick-app.js'

const NOTES = {
  'models/notes.ts': `import { defineModel, types } from '@json-express/core'
export default defineModel({
  fields: { text: types.string(), owner: types.relation({ target: 'users' }) },
  access: { read: 'owner', create: 'user', update: 'owner', delete: 'owner', ownerField: 'ownerId' },
})`,
}

const provider = await identityProvider(t)
const app = await quickApp(
  t,
  { JEX__AUTH__JWKS_URI: provider.jwksUri, JEX__AUTH__JWKS_ISSUER: ISSUER, JEX__AUTH__JWKS_AUDIENCE: AUDIENCE },
  { files: NOTES },
)
const { call, post, register, login, me } = app
await app.app.collections
  .get('users')
  .create({ email: 'boss@example.com', password: PASSWORD, role: 'admin', emailVerified: true })
const admin = (await login('boss@example.com')).body.accessToken
const external = (claims: object) => provider.sign({ ...claims })

t.test('an external caller owns what he makes, without any row', async (t) => {
  const [one, other] = [await external({ sub: 'auth0|one' }), await external({ sub: 'auth0|other' })]
  const note = (await post('/notes', { text: 'mine' }, one)).body
  t.equal(note.ownerId, 'auth0|one')
  t.equal((await call('GET', `/notes/${note.id}`, undefined, one)).status, 200)
  t.equal((await call('GET', `/notes/${note.id}`, undefined, other)).status, 404)
  t.strictSame((await call('GET', '/notes', undefined, other)).body, [])
})

t.test('whose account is elsewhere has none here', async (t) => {
  const token = await external({ sub: 'auth0|one', role: 'admin' })
  const change = { currentPassword: PASSWORD, newPassword: 'another good password' }
  for (const [method, path, body] of [
    ['GET', '/auth/me'],
    ['DELETE', '/auth/me', { password: PASSWORD }],
    ['GET', '/auth/sessions'],
    ['DELETE', '/auth/sessions/x'],
    ['POST', '/auth/logout-all', {}],
    ['POST', '/auth/password/change', change],
    ['POST', '/auth/email/change', { newEmail: 'x@example.com', password: PASSWORD }],
  ] as const) {
    t.match(await call(method, path, body, token), { status: 403, body: { error: { code: 'FORBIDDEN' } } }, path)
  }
})

t.test('nobody becomes a local user by bearing his id', async (t) => {
  const ann = (await register('ann@example.com')).body
  const note = (await post('/notes', { text: 'hers' }, ann.accessToken)).body
  const impostor = await external({ sub: ann.user.id })
  for (const path of ['/notes', `/notes/${note.id}`, `/users/${ann.user.id}`, '/auth/me']) {
    t.match(
      await call('GET', path, undefined, impostor),
      { status: 401, body: { error: { code: 'INVALID_TOKEN' } } },
      path,
    )
  }
})

t.test('a linked user can only restrict: disabled, he locks the subject out', async (t) => {
  const bob = (await register('bob@example.com')).body
  const token = await external({ sub: 'auth0|bob' })
  t.equal((await call('GET', '/notes', undefined, token)).status, 200)
  const link = { issuer: ISSUER, subject: 'auth0|bob', userId: bob.user.id }
  t.equal((await post('/auth_identities', link, bob.accessToken)).status, 403, 'an admin links')
  t.equal((await post('/auth_identities', link, admin)).status, 201)
  t.equal((await call('GET', '/notes', undefined, token)).status, 200)
  t.match(await me(token), { status: 403 }, 'a link grants nothing')
  await call('PATCH', `/users/${bob.user.id}`, { disabled: true }, admin)
  t.match(await call('GET', '/notes', undefined, token), { status: 401, body: { error: { code: 'TOKEN_REVOKED' } } })
  await call('PATCH', `/users/${bob.user.id}`, { disabled: false }, admin)
  t.equal((await call('GET', '/notes', undefined, token)).status, 200)
})

t.test('a user who is gone locks the subject out for good, until an admin removes the link', async (t) => {
  const revoked = { status: 401, body: { error: { code: 'TOKEN_REVOKED' } } }
  for (const [name, disable] of [
    ['carl', true],
    ['dora', false],
  ] as const) {
    const { user } = (await register(`${name}@example.com`)).body
    const token = await external({ sub: `auth0|${name}` })
    const link = (await post('/auth_identities', { issuer: ISSUER, subject: `auth0|${name}`, userId: user.id }, admin))
      .body
    t.equal((await call('GET', '/notes', undefined, token)).status, 200)
    if (disable) {
      await call('PATCH', `/users/${user.id}`, { disabled: true }, admin)
      t.match(await call('GET', '/notes', undefined, token), revoked, 'disabled')
    }
    t.equal((await call('DELETE', `/users/${user.id}`, undefined, admin)).status, 200)
    t.match(await call('GET', '/notes', undefined, token), revoked, 'gone')
    t.match((await call('GET', `/auth_identities?userId=${user.id}`, undefined, admin)).body, [{ id: link.id }])
    t.equal((await call('DELETE', `/auth_identities/${link.id}`, undefined, admin)).status, 200)
    t.equal((await call('GET', '/notes', undefined, token)).status, 200, 'reopened by hand')
  }
})

t.test('a link is made to a user who is there', async (t) => {
  const link = { issuer: ISSUER, subject: 'auth0|nobody', userId: '018f0000-0000-7000-8000-000000000000' }
  t.match(await post('/auth_identities', link, admin), {
    status: 400,
    body: { error: { code: 'VALIDATION_FAILED', details: [{ field: 'userId' }] } },
  })
  t.equal((await call('GET', '/notes', undefined, await external({ sub: 'auth0|nobody' }))).status, 200)
})
