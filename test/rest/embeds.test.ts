import { createApp } from '@json-express/runtime'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'

const model = (fields: string) =>
  `import { defineModel, types } from '@json-express/core'\nexport default defineModel({ fields: { ${fields} } })`

const app = await createApp({
  dir: appFolder(t, {
    dependencies: { '@json-express/adapter-memory': '*' },
    files: {
      'models/people.ts': model('name: types.string(), books: types.number()'),
      'data/people.json': [
        { id: 1, name: 'ann', books: 2 },
        { id: 2, name: 'ben', books: 1 },
      ],
      'models/books.ts': model("person: types.relation({ target: 'people' })"),
      'data/books.json': [{ id: 1, personId: 1 }],
      'models/articles.ts': model(
        "author: types.relation({ target: 'people' }), editor: types.relation({ target: 'people' })",
      ),
      'data/articles.json': [
        { id: 1, authorId: 2, editorId: 1 },
        { id: 2, authorId: 1, editorId: 2 },
        { id: 3, authorId: 1, editorId: 1 },
        { id: 4, authorId: null, editorId: 2 },
      ],
    },
  }),
  env: { JEX__LOG__LEVEL: 'silent' },
})
t.teardown(() => app.close())
const get = async (url: string) => {
  const answer = await app.inject(url)
  return { status: answer.statusCode, body: answer.json() }
}

t.test('records are embedded in whatever they refer to, by each of their relations', async (t) => {
  const { body } = await get('/people?_embed=articles&_fields=id&_sort=id')
  const ids = body.map(({ articles }: { articles: { id: number }[] }) => articles.map(({ id }) => id))
  t.same(ids, [
    [1, 2, 3],
    [1, 2, 4],
  ])
})

t.test('nothing that is embedded stands in place of a field', async (t) => {
  for (const url of ['/people?_embed=books', '/people/1?_embed=books', '/people?_limit=0&_embed=books']) {
    const { status, body } = await get(url)
    t.match({ status, body }, { status: 400, body: { error: { code: 'VALIDATION_FAILED', message: /"books"/ } } }, url)
  }
  t.match((await get('/people/1')).body, { books: 2 })
})
