import { defineModel, types } from '@json-express/core'
import t from 'tap'
import { resolveModels } from '../../src/models/resolve.js'
import { file, sources, users } from './model-sources.js'

t.test('relations become foreign keys, owners do not', async (t) => {
  const { models } = resolveModels(
    sources({
      app: [
        file('authors', defineModel({ fields: {} })),
        file(
          'posts',
          defineModel({
            fields: {
              author: types.relation({ target: 'authors', foreignKey: 'writtenBy', onDelete: 'cascade' }),
              owner: types.relation({ target: 'authors' }),
            },
            access: { ownerField: 'owner' },
          }),
        ),
      ],
    }),
  )
  const posts = models.find(({ name }) => name === 'posts')
  t.equal(posts?.access.ownerField, 'ownerId')
  t.same(posts?.schema.columns.find(({ name }) => name === 'writtenBy')?.references, {
    collection: 'authors',
    onDelete: 'cascade',
  })
  t.equal(posts?.schema.columns.find(({ name }) => name === 'ownerId')?.references, undefined)
  t.notOk(posts?.fields.has('author'))
})

t.test('data without a model is inferred, ids keep their kind', async (t) => {
  const { models } = resolveModels(
    sources({
      data: [
        {
          name: 'posts',
          file: 'data/posts.json',
          rows: [{ id: 3, title: 'x', userId: 'u', at: '2026-01-01T00:00:00Z' }],
        },
        { name: 'tags', file: 'data/tags.json', rows: [{ id: 'a', posts: [1], postId: 3 }] },
      ],
    }),
  )
  const [posts, tags] = models
  t.equal(posts?.idKind, 'integer')
  t.equal(tags?.idKind, 'string')
  t.equal(posts?.fields.get('at')?.kind, 'date')
  t.equal(tags?.fields.get('posts')?.kind, 'json')
  t.same(tags?.relations.get('post'), { name: 'post', target: 'posts', foreignKey: 'postId' })
  t.equal(tags?.schema.columns.find(({ name }) => name === 'postId')?.references, undefined)
  t.equal(tags?.schema.columns.find(({ name }) => name === 'postId')?.type, 'integer')
})

t.test('ids whose kind no row tells are what the database holds', async (t) => {
  const tags = file('tags', defineModel({ fields: { name: types.string() } }))
  const given = sources({
    packages: [{ origin: '@json-express/plugin-identity', model: users }],
    app: [file('notes', defineModel({ fields: { tag: types.relation({ target: 'tags' }) } })), tags],
    data: [
      { name: 'notes', file: 'data/notes.json', rows: [{ id: 1 }] },
      { name: 'tags', file: 'data/tags.json', rows: [{ name: 'x' }] },
      { name: 'books', file: 'data/books.json', rows: [] },
      { name: 'pages', file: 'data/pages.json', rows: [{ id: 1, bookId: 7, userId: 1 }] },
    ],
  })
  const { models, unsettled } = resolveModels({ ...given, integerIds: new Set(['tags', 'books', 'notes', 'users']) })
  const kinds = Object.fromEntries(models.map(({ name, idKind }) => [name, idKind]))
  t.strictSame(unsettled, ['tags', 'books'])
  t.strictSame(kinds, { users: 'uuid', notes: 'integer', tags: 'integer', books: 'integer', pages: 'integer' })
  const pages = models.find(({ name }) => name === 'pages')
  t.equal(models.find(({ name }) => name === 'notes')?.fields.get('tagId')?.idKind, 'integer')
  t.strictSame(pages?.relations.get('book'), { name: 'book', target: 'books', foreignKey: 'bookId' })
  t.equal(pages?.fields.get('userId')?.kind, 'number', 'no user has such an id')
  t.equal(resolveModels(given).models.find(({ name }) => name === 'tags')?.idKind, 'uuid')
})
