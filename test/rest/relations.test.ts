import { createApp } from '@json-express/runtime'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'

const model = (fields: string) =>
  `import { defineModel, types } from '@json-express/core'\nexport default defineModel({ fields: { ${fields} } })\n`

const FILES = {
  'models/authors.ts': model('name: types.string()'),
  'models/books.ts': model(`
    author: types.relation({ target: 'authors', onDelete: 'cascade' }),
    editor: types.relation({ target: 'authors', onDelete: 'setNull' }),
    owner: types.relation({ target: 'authors' }),
    constructor: types.string(),
    toString: types.string({ required: true }),
  `),
  'models/chapters.ts': model(`book: types.relation({ target: 'books', onDelete: 'cascade' })`),
  'models/passports.ts': model(
    `author: types.relation({ target: 'authors', type: 'one-to-one', onDelete: 'cascade' })`,
  ),
  'data/places.json': [{ id: 'x'.repeat(255) }, { id: '𝒳'.repeat(255) }, { id: 'short', valueOf: 1 }] as {
    id: string
  }[],
}

for (const adapter of ['memory', 'sqlite'] as const) {
  t.test(`relations through REST, with adapter-${adapter}`, async (t) => {
    const dependencies = { '@json-express/runtime': '*', [`@json-express/adapter-${adapter}`]: '*' }
    const dir = appFolder(t, { dependencies, files: FILES })
    const file = adapter === 'sqlite' ? { JEX__ADAPTER_SQLITE__FILE: ':memory:' } : {}
    const app = await createApp({ dir, env: { JEX__LOG__LEVEL: 'silent', ...file } })
    t.teardown(() => app.close())
    const call = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) => {
      const { statusCode: status, json } = await app.inject({ method, url, ...(payload && { payload }) })
      return { status, body: json() }
    }
    const made = async (url: string, payload: object): Promise<string> => (await call('POST', url, payload)).body.id
    const author = () => made('/authors', { name: 'Ann' })
    const book = (more: object) => made('/books', { toString: 't', ...more })

    await t.test('cascade deletes what refers, and what refers to that', async (t) => {
      const authorId = await author()
      const bookId = await book({ authorId })
      const chapterId = await made('/chapters', { bookId })
      t.match(await call('DELETE', `/authors/${authorId}`), { status: 200, body: { id: authorId } })
      t.match(await call('GET', `/books/${bookId}`), { status: 404 })
      t.match(await call('GET', `/chapters/${chapterId}`), { status: 404 })
    })

    await t.test('setNull empties the reference and keeps the record', async (t) => {
      const editorId = await author()
      const bookId = await book({ editorId })
      t.match(await call('DELETE', `/authors/${editorId}`), { status: 200 })
      t.match(await call('GET', `/books/${bookId}?_expand=editor`), { body: { editorId: null, editor: null } })
    })

    await t.test('restrict, the default, refuses the delete until nothing refers', async (t) => {
      const ownerId = await author()
      const bookId = await book({ ownerId, editorId: ownerId })
      t.match(await call('DELETE', `/authors/${ownerId}`), { status: 409, body: { error: { code: 'REFERENCED' } } })
      t.match(await call('GET', `/books/${bookId}`), { body: { editorId: ownerId } }, 'nothing was emptied')
      await call('PATCH', `/books/${bookId}`, { ownerId: null })
      t.match(await call('DELETE', `/authors/${ownerId}`), { status: 200 })
    })

    await t.test('one-to-one is taken once, and free again', async (t) => {
      const authorId = await author()
      const id = await made('/passports', { authorId })
      const taken = { status: 409, body: { error: { code: 'UNIQUE_VIOLATION', details: [{ field: 'authorId' }] } } }
      t.match(await call('POST', '/passports', { authorId }), taken)
      await call('DELETE', `/passports/${id}`)
      t.match(await call('POST', '/passports', { authorId }), { status: 201 })
      t.match(await call('POST', '/passports', {}), { status: 201 })
      t.match(await call('POST', '/passports', {}), { status: 201 }, 'nobody is nobody twice')
    })

    await t.test('a reference to nothing is refused', async (t) => {
      const refused = { status: 400, body: { error: { code: 'VALIDATION_FAILED', details: [{ field: 'bookId' }] } } }
      t.match(await call('POST', '/chapters', { bookId: 'nowhere' }), refused)
    })

    await t.test('names that every object inherits are fields like others', async (t) => {
      t.match(await call('POST', '/books', {}), { status: 400, body: { error: { details: [{ field: 'toString' }] } } })
      const { status, body } = await call('POST', '/books', { toString: 'x' })
      t.strictSame([status, body.constructor, body.toString], [201, null, 'x'])
      t.strictSame((await call('GET', '/places/short')).body, { id: 'short', valueOf: 1 })
      t.strictSame((await call('GET', '/places?valueOf=1')).body, [{ id: 'short', valueOf: 1 }])
    })

    await t.test('every id that can be stored can be asked for', async (t) => {
      for (const { id } of FILES['data/places.json']) {
        t.match(await call('GET', `/places/${encodeURIComponent(id)}`), { status: 200, body: { id } })
      }
      t.match(await call('GET', `/places/${'x'.repeat(1024)}`), { status: 404 })
    })
  })
}
