import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { adminFrom, client, signIn } from '../harness/client.js'
import { startServer } from '../harness/server.js'

const model = (body: string) =>
  `import { defineModel, types } from '@json-express/core'\nexport default defineModel({ ${body} })\n`

const dir = appFolder(t, {
  files: {
    'models/users.ts': model(`fields: {
      nickname: types.string({ access: { update: 'owner' } }),
      plan: types.string({ default: 'free' }),
    }`),
    'models/articles.ts': model(`fields: {
      title: types.string().required(),
      author: types.relation({ target: 'users', foreignKey: 'authorId' }),
      section: types.relation({ target: 'sections', onDelete: 'restrict' }),
      internalNotes: types.string({ access: { read: 'admin', create: 'admin', update: 'admin' } }),
      draft: types.string({ access: { read: 'owner' } }),
      createdAt: types.date(),
    },
    access: { read: 'public', create: 'owner', update: 'owner', delete: 'owner', ownerField: 'authorId' },
    hooks: { beforeCreate: (data) => ({ ...data, title: data.title.toUpperCase() }) },
    endpoints: {
      'POST /:id/feature': { access: 'editor', handler: async (request, reply, { collections }) => ({ featured: (await collections.get('articles').get(request.params.id))?.title, by: request.user.role }) },
      'GET /count': { access: 'public', handler: async (request, reply, { collections }) => ({ count: await collections.get('articles').count() }) },
      'GET /ruleless': async () => ({ ok: true }),
    }`),
    'models/sections.ts': model(
      `fields: { name: types.string().unique() }, access: { read: 'public', create: 'editor', update: ['editor', 'owner'], delete: 'editor', ownerField: 'ownerId' },
      `.replace('fields: { name', 'fields: { ownerId: types.string(), name'),
    ),
    'models/diaries.ts': model(
      `fields: { text: types.string(), ownerId: types.string() }, access: { read: 'owner', create: 'user', update: 'owner', delete: false, ownerField: 'ownerId' }`,
    ),
    'models/closed.ts': model(
      `fields: { text: types.string() }, access: { read: false, create: false, update: false, delete: false }`,
    ),
    'models/plain.ts': model(`fields: { text: types.string() }`),
    'models/tools.ts': `import { defineRoutes } from '@json-express/core'
export default defineRoutes({ endpoints: { 'GET /ping': { access: 'public', handler: () => ({ pong: true }) } } })`,
    'data/quotes.json': Array.from({ length: 120 }, (_, i) => ({ id: i + 1, text: `quote ${i % 10}`, rank: i % 7 })),
  },
})
const server = await startServer(t, dir)
const call = client(server.url)
const admin = await signIn(call, adminFrom(server.output()))

async function member(email: string, role: string) {
  const { body } = await call('POST', '/users', { email, role }, admin)
  const [, token] = await server.printed(new RegExp(`${email}[\\s\\S]*?#token=([\\w-]{43})\\s`))
  await call('POST', '/auth/password/reset', { token, newPassword: 'correct horse battery' })
  return { id: body.id as string, token: await signIn(call, { email, password: 'correct horse battery' }) }
}

const ann = await member('ann@example.com', 'user')
const ben = await member('ben@example.com', 'user')
const eve = await member('eve@example.com', 'editor')
const code = (status: number, code: string) => ({ status, body: { error: { code } } })

t.test('owner: create stamps, foreign records are absent', async (t) => {
  const created = await call('POST', '/articles', { title: 'mine', draft: 'psst' }, ann.token)
  t.match(created, { status: 201, body: { title: 'MINE', authorId: ann.id, draft: 'psst', createdAt: String } })
  t.equal(created.headers.get('location'), `/articles/${created.body.id}`)
  t.notOk('internalNotes' in created.body)
  const path = `/articles/${created.body.id}`

  t.match(await call('POST', '/articles', { title: 'x', authorId: ben.id }, ann.token), code(400, 'FIELD_NOT_WRITABLE'))
  t.match(await call('POST', '/articles', { title: 'x' }), code(401, 'MISSING_TOKEN'))
  t.match(await call('POST', '/articles', { title: 'x', authorId: ben.id }, admin), {
    status: 201,
    body: { authorId: ben.id },
  })
  t.match(await call('PATCH', path, { title: 'stolen' }, ben.token), code(404, 'NOT_FOUND'))
  t.match(await call('DELETE', path, undefined, ben.token), code(404, 'NOT_FOUND'))
  t.match(await call('PATCH', path, { authorId: ben.id }, ann.token), code(400, 'FIELD_NOT_WRITABLE'))
  t.match(await call('PATCH', path, { createdAt: '2020-01-01T00:00:00Z' }, ann.token), code(400, 'FIELD_NOT_WRITABLE'))
  t.match(await call('PATCH', path, { title: 'better' }, ann.token), { status: 200, body: { title: 'better' } })
  t.match((await call('GET', path)).body, { title: 'better', draft: undefined })
  t.match((await call('GET', path, undefined, ann.token)).body, { draft: 'psst' })
  t.match((await call('GET', path, undefined, ben.token)).body, { draft: undefined })
})

t.test('lists of own records hold nothing else, whatever is asked for', async (t) => {
  await call('POST', '/diaries', { text: 'a' }, ann.token)
  await call('POST', '/diaries', { text: 'b' }, ben.token)
  for (const query of ['', `?ownerId=${ben.id}`, '?q=b', '?ownerId_ne=x', '?_limit=1000&_sort=-text']) {
    const { body, headers } = await call('GET', `/diaries${query}`, undefined, ann.token)
    for (const record of body) t.equal(record.ownerId, ann.id)
    t.equal(Number(headers.get('x-total-count')), body.length)
  }
  t.equal((await call('GET', '/diaries', undefined, admin)).body.length, 2)
  t.match(await call('GET', '/diaries'), code(401, 'MISSING_TOKEN'))
  const { body } = await call('GET', '/diaries', undefined, ann.token)
  t.match(await call('DELETE', `/diaries/${body[0].id}`, undefined, ann.token), code(403, 'FORBIDDEN'))
  t.match(
    await call('DELETE', `/diaries/${body[0].id}`, undefined, admin),
    code(403, 'FORBIDDEN'),
    'false is false for admins too',
  )
})

t.test('roles and defaults', async (t) => {
  t.match(await call('POST', '/sections', { name: 'n' }, ann.token), code(403, 'FORBIDDEN'))
  t.match(await call('POST', '/sections', { name: 'news' }, eve.token), { status: 201 })
  t.match(await call('POST', '/sections', { name: 'news' }, eve.token), code(409, 'UNIQUE_VIOLATION'))
  t.match(await call('GET', '/plain'), code(401, 'MISSING_TOKEN'))
  t.match(await call('GET', '/plain', undefined, ann.token), { status: 200, body: [] })
  t.match(await call('POST', '/plain', { text: 'x' }, eve.token), code(403, 'FORBIDDEN'))
  t.match(await call('POST', '/plain', { text: 'x' }, admin), { status: 201 })
  for (const method of ['GET', 'POST'])
    t.match(await call(method, '/closed', method === 'POST' ? {} : undefined, admin), code(404, 'NOT_FOUND'))
  t.match(await call('GET', '/quotes'), code(401, 'MISSING_TOKEN'), 'JSON data is no exception')
})

t.test('endpoints', async (t) => {
  const { body } = await call('POST', '/articles', { title: 'f' }, ann.token)
  t.match(await call('POST', `/articles/${body.id}/feature`, {}, ann.token), code(403, 'FORBIDDEN'))
  t.match(await call('POST', `/articles/${body.id}/feature`, {}, eve.token), {
    status: 200,
    body: { featured: 'F', by: 'editor' },
  })
  t.match(await call('GET', '/articles/count'), { status: 200, body: { count: Number } })
  t.match(await call('GET', '/articles/ruleless'), code(401, 'MISSING_TOKEN'))
  t.match(await call('GET', '/tools/ping'), { status: 200, body: { pong: true } })
  t.match(
    await call('GET', '/tools/ping', undefined, 'rubbish'),
    code(401, 'INVALID_TOKEN'),
    'a bad header is never anonymous',
  )
})

t.test('fields that may not be read cannot be filtered, sorted, searched or asked for', async (t) => {
  await call('POST', '/articles', { title: 'noted', internalNotes: 'needle' }, admin)
  for (const query of [
    'internalNotes=needle',
    'internalNotes_like=n',
    '_sort=internalNotes',
    '_fields=internalNotes',
    'draft=x',
  ]) {
    t.match(await call('GET', `/articles?${query}`, undefined, ann.token), code(400, 'VALIDATION_FAILED'), query)
  }
  t.equal((await call('GET', '/articles?q=needle', undefined, ann.token)).body.length, 0)
  t.equal((await call('GET', '/articles?q=needle', undefined, admin)).body.length, 1)
  t.match(
    await call('POST', '/articles', { title: 'x', internalNotes: 'x' }, ann.token),
    code(400, 'FIELD_NOT_WRITABLE'),
  )
})

t.test('the hash and the version of a user are nowhere', async (t) => {
  await call('POST', '/articles', { title: 'by ann' }, ann.token)
  const paths = [
    '/users',
    `/users/${ann.id}`,
    '/users?_fields=id,email',
    '/users?q=a',
    '/users?_embed=articles',
    `/articles?_expand=author`,
    '/auth/me',
    '/users?_sort=email',
    `/users/${ann.id}?_embed=articles`,
  ]
  for (const path of paths) {
    for (const token of [admin, ann.token]) {
      const { status, text } = await call('GET', path, undefined, token)
      t.equal(status, 200, path)
      t.notMatch(text, /passwordHash|tokenVersion|argon2|"password"/, path)
    }
  }
  for (const field of ['passwordHash', 'tokenVersion', 'password']) {
    for (const query of [
      `${field}=1`,
      `${field}_ne=1`,
      `${field}_like=a`,
      `_sort=${field}`,
      `_fields=${field}`,
      `_expand=${field}`,
    ]) {
      const { status, text } = await call('GET', `/users?${query}`, undefined, admin)
      t.equal(status, 400, query)
      t.notMatch(text, /argon2/)
    }
  }
})

t.test('an app extends users', async (t) => {
  const path = `/users/${ann.id}`
  t.match(await call('PATCH', path, { nickname: 'annie' }, ann.token), {
    status: 200,
    body: { nickname: 'annie', plan: 'free' },
  })
  t.match(await call('PATCH', path, { plan: 'gold' }, ann.token), code(400, 'FIELD_NOT_WRITABLE'))
  t.match(await call('PATCH', path, { plan: 'gold' }, admin), { status: 200, body: { plan: 'gold' } })
  t.match((await call('GET', '/auth/me', undefined, ann.token)).body, { nickname: 'annie', plan: 'gold' })
})

t.test('expand and embed obey the rules of what they bring', async (t) => {
  const { body: section } = await call('POST', '/sections', { name: 'sports' }, eve.token)
  await call('POST', '/articles', { title: 'goal', sectionId: section.id }, ann.token)
  const asBen = await call('GET', '/articles?title=GOAL&_expand=author,section', undefined, ben.token)
  t.match(asBen.body, [{ author: null, section: { name: 'sports' } }])
  const asAnn = await call('GET', '/articles?title=GOAL&_expand=author', undefined, ann.token)
  t.match(asAnn.body, [{ author: { email: 'ann@example.com' } }])
  t.match((await call('GET', `/sections/${section.id}?_embed=articles`)).body, {
    articles: [{ title: 'GOAL', internalNotes: undefined }],
  })
  t.match(await call('DELETE', `/sections/${section.id}`, undefined, eve.token), code(409, 'REFERENCED'))
  t.match(
    await call('POST', '/articles', { title: 'x', sectionId: 'nowhere' }, ann.token),
    code(400, 'VALIDATION_FAILED'),
  )
})

t.test('lists page, sort, filter and count', async (t) => {
  const page = await call('GET', '/quotes?_page=2&_limit=10&_sort=-rank,text', undefined, ann.token)
  t.equal(page.body.length, 10)
  t.equal(page.headers.get('x-total-count'), '120')
  t.match(page.headers.get('link'), /<\/quotes\?_sort=-rank%2Ctext&_page=3&_limit=10>; rel="next"/)
  t.equal((await call('GET', '/quotes', undefined, ann.token)).body.length, 50)
  t.equal((await call('GET', '/quotes?rank=1&rank=2&_limit=1000', undefined, ann.token)).body.length, 34)
  t.equal((await call('GET', '/quotes?rank_gte=5&text=quote 1&_limit=1000', undefined, ann.token)).body.length, 3)
  t.equal((await call('GET', '/quotes?text_like=QUOTE 3&_limit=1000', undefined, ann.token)).body.length, 12)
  t.same(Object.keys((await call('GET', '/quotes?_fields=rank', undefined, ann.token)).body[0]), ['rank'])
  const created = await call('POST', '/quotes', { text: 'new' }, admin)
  t.match(created, { status: 201, body: { id: 121 } }, 'integers go on from the highest')
  t.match(await call('DELETE', '/quotes/121', undefined, admin), { status: 200, body: { id: 121, text: 'new' } })
  t.match(await call('POST', '/quotes', { text: 'newer' }, admin), { body: { id: 122 } }, 'and are never used again')
})

t.test('an emptied collection stays empty over a restart, a dropped-in model is served', async (t) => {
  for (let id = 1; id <= 122; id++) await call('DELETE', `/quotes/${id}`, undefined, admin)
  t.equal((await call('GET', '/quotes', undefined, admin)).body.length, 0)
  await server.stop()
  const again = await startServer(t, dir)
  const anew = client(again.url)
  const token = await signIn(anew, adminFrom(server.output()))
  t.equal((await anew('GET', '/quotes', undefined, token)).body.length, 0)
})
