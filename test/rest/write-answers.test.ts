import t from 'tap'
import { quickApp } from '../harness/quick-app.js'

const notes = (access: string) => `import { defineModel, types } from '@json-express/core'
export default defineModel({
  fields: { text: types.string(), ownerId: types.string(), stamp: types.string({ access: { create: false } }) },
  access: { ${access}, ownerField: 'ownerId' },
  hooks: { beforeCreate: (note) => ({ ...note, stamp: 'of the server' }) },
})`

async function people(t: Parameters<typeof quickApp>[0], access: string) {
  const { register, call } = await quickApp(t, {}, { files: { 'models/notes.ts': notes(access) } })
  const tokenOf = async (email: string) => String((await register(email)).body.accessToken)
  return { call, ann: await tokenOf('ann@example.com'), ben: await tokenOf('ben@example.com') }
}

t.test('who may write a record and not read it gets its id', async (t) => {
  const { call, ann, ben } = await people(t, "read: 'owner', create: 'user', update: 'user', delete: 'user'")
  const mine = await call('POST', '/notes', { text: 'of ann' }, ann)
  t.match(mine, { status: 201, body: { text: 'of ann', stamp: 'of the server' } }, 'one reads what is his own')
  const { id } = mine.body
  const path = `/notes/${id}`
  t.equal((await call('GET', path, undefined, ben)).status, 404)
  t.same((await call('PATCH', path, {}, ben)).body, { id })
  t.match((await call('PATCH', path, { text: 'better' }, ann)).body, { text: 'better' })
  const removed = await call('DELETE', path, undefined, ben)
  t.same([removed.status, removed.body], [200, { id }])
})

t.test('a form that anybody may send in and nobody may read', async (t) => {
  for (const read of ["'admin'", 'false', "'owner'"]) {
    const { call } = await people(t, `read: ${read}, create: 'public', update: false, delete: false`)
    const { status, body, headers } = await call('POST', '/notes', { text: 'hello' })
    t.same([status, Object.keys(body)], [201, ['id']], read)
    t.equal(headers.location, `/notes/${body.id}`)
  }
})
