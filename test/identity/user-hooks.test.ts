import t from 'tap'
import { PRESET } from '../harness/app-folder.js'
import { quickApp } from '../harness/quick-app.js'

/** An app whose hooks write down what they see, and an endpoint that tells. */
const model = `import { defineModel, types } from '@json-express/core'
const seen = []
export default defineModel({
  fields: { city: types.string() },
  hooks: {
    beforeUpdate: (changes, { record }) => void seen.push(['beforeUpdate', Object.keys(changes).sort(), record.role]),
    afterUpdate: (user, { before }) => void seen.push(['afterUpdate', before, user]),
  },
  endpoints: { 'GET /hooks/seen': { access: 'admin', handler: () => seen.splice(0) } },
})`

const adapters = { 'a database in memory': { '@json-express/adapter-memory': '*' }, SQLite: {} }
for (const [name, adapter] of Object.entries(adapters)) {
  t.test(`hooks of an app, on ${name}: one write of a user is one`, async (t) => {
    const { app, call, login } = await quickApp(
      t,
      {},
      {
        files: {
          'package.json': { name: 'app', private: true, dependencies: { ...PRESET, ...adapter } },
          'models/users.js': model,
        },
      },
    )
    const users = app.collections.get('users')
    const password = 'correct horse battery'
    await users.create({ email: 'boss@example.com', role: 'admin', emailVerified: true, password })
    const { accessToken } = (await login('boss@example.com')).body
    const { id } = await users.create({ email: 'ann@example.com', password, emailVerified: true })
    const seen = async () => (await call('GET', '/users/hooks/seen', undefined, accessToken)).body

    for (const [changes, tokenVersion] of [
      [{ role: 'editor' }, 1],
      [{ disabled: true }, 2],
      [{ role: 'user', disabled: false }, 3],
      [{ disabled: false }, 3],
      [{ city: 'Ulm' }, 3],
      [{ role: 'user' }, 3],
    ] as const) {
      const before = await users.get(id)
      t.equal((await call('PATCH', `/users/${id}`, changes, accessToken)).status, 200)
      const after = await users.get(id)
      t.match(after, { ...changes, tokenVersion })
      t.strictSame(await seen(), [
        ['beforeUpdate', Object.keys(changes).sort(), before?.role],
        ['afterUpdate', before, after],
      ])
    }
  })
}
