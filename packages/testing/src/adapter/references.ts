import assert from 'node:assert/strict'
import { adapterRule, collection, column, numbered, reference } from './subject.js'

const users = collection('users')
const posts = collection('posts', reference('authorId', 'users'), reference('editorId', 'users', 'setNull'))
const comments = collection('comments', reference('postId', 'posts', 'cascade'), column('text'))
const votes = collection('votes', reference('commentId', 'comments', 'cascade'))
const pins = collection('pins', reference('commentId', 'comments', 'restrict'))

const nodes = collection('nodes', reference('parentId', 'nodes', 'cascade'), reference('friendId', 'nodes', 'restrict'))
const chickens = collection('chickens', reference('eggId', 'eggs', 'setNull'))
const eggs = collection('eggs', reference('chickenId', 'chickens', 'restrict'))
const toList = reference('listId', 'lists', 'restrict', 'integer')

const missing = (collection: string, field: string) => ({ name: 'ReferenceViolationError', collection, by: { field } })
const referred = (collection: string, by: string) => ({
  name: 'ReferenceViolationError',
  collection,
  by: { collection: by },
})

export const referenceRules = [
  adapterRule('a missing target is refused, naming the field', [users, posts], async (db) => {
    await db.insert('users', { id: 'u' })
    await assert.rejects(db.insert('posts', { id: 'p', authorId: 'nobody' }), missing('posts', 'authorId'))
    await assert.rejects(db.insert('posts', { id: 'p', authorId: 'u', editorId: 'x' }), missing('posts', 'editorId'))
    await assert.rejects(
      db.insertMany('posts', [
        { id: 'p', authorId: 'u' },
        { id: 'q', editorId: 'x' },
      ]),
      missing('posts', 'editorId'),
    )
    assert.equal(await db.count('posts'), 0)
    await db.insert('posts', { id: 'p', authorId: 'u', editorId: 'u' })
    await assert.rejects(db.update('posts', 'p', { editorId: 'x' }), missing('posts', 'editorId'))
    assert.deepEqual(await db.update('posts', 'p', { editorId: null }), { id: 'p', authorId: 'u', editorId: null })
    await db.insert('posts', { id: 'nulls' })
  }),

  adapterRule('restrict refuses the delete, naming the collection that refers', [users, posts], async (db) => {
    await db.insert('users', { id: 'u' })
    await db.insert('posts', { id: 'p', authorId: 'u' })
    await assert.rejects(db.delete('users', 'u'), referred('users', 'posts'))
    assert.equal(await db.count('users'), 1)
    await db.delete('posts', 'p')
    assert.deepEqual(await db.delete('users', 'u'), { id: 'u' })
  }),

  adapterRule('setNull and cascade act on what refers', [users, posts, comments, votes], async (db) => {
    await db.insertMany('users', [{ id: 'u' }, { id: 'e' }])
    await db.insertMany('posts', [
      { id: 'p', authorId: 'u', editorId: 'e' },
      { id: 'q', authorId: 'u', editorId: 'u' },
    ])
    await db.insertMany('comments', [
      { id: 'c', postId: 'p' },
      { id: 'd', postId: 'q' },
    ])
    await db.insertMany('votes', [
      { id: 'v', commentId: 'c' },
      { id: 'w', commentId: 'd' },
    ])
    await db.delete('users', 'e')
    assert.deepEqual(await db.findByIds('posts', ['p']), [{ id: 'p', authorId: 'u', editorId: null }])
    assert.deepEqual(await db.delete('posts', 'p'), { id: 'p', authorId: 'u', editorId: null })
    assert.deepEqual(await db.find('comments', { fields: ['id'] }), [{ id: 'd' }])
    assert.deepEqual(await db.find('votes', { fields: ['id'] }), [{ id: 'w' }])
  }),

  adapterRule(
    'a cascade that meets a restriction removes nothing',
    [users, posts, comments, votes, pins],
    async (db) => {
      await db.insert('posts', { id: 'p' })
      await db.insertMany('comments', [
        { id: 'c', postId: 'p' },
        { id: 'd', postId: 'p' },
      ])
      await db.insert('votes', { id: 'v', commentId: 'c' })
      await db.insert('pins', { id: 'x', commentId: 'd' })
      await assert.rejects(db.delete('posts', 'p'), referred('posts', 'pins'))
      assert.deepEqual([await db.count('posts'), await db.count('comments'), await db.count('votes')], [1, 2, 1])
    },
  ),

  adapterRule('a collection may refer to itself', [nodes], async (db) => {
    await db.insertMany('nodes', [{ id: 'root' }, { id: 'a', parentId: 'root' }, { id: 'b', parentId: 'a' }])
    await db.insert('nodes', { id: 'self', parentId: 'self', friendId: 'self' })
    await assert.rejects(db.insert('nodes', { id: 'x', parentId: 'nobody' }), missing('nodes', 'parentId'))
    assert.equal((await db.delete('nodes', 'self'))?.id, 'self')
    assert.equal((await db.delete('nodes', 'root'))?.id, 'root')
    assert.equal(await db.count('nodes'), 0)
    await db.insertMany('nodes', [{ id: 'a' }, { id: 'b', friendId: 'a' }])
    await assert.rejects(db.delete('nodes', 'a'), referred('nodes', 'nodes'))
  }),

  adapterRule('two collections may refer to each other', [chickens, eggs], async (db) => {
    await db.insert('chickens', { id: 'c' })
    await db.insert('eggs', { id: 'e', chickenId: 'c' })
    await db.update('chickens', 'c', { eggId: 'e' })
    await db.delete('eggs', 'e')
    assert.deepEqual(await db.find('chickens'), [{ id: 'c', eggId: null }])
  }),

  adapterRule('references to integer ids', [numbered('lists'), collection('items', toList)], async (db) => {
    const { id } = await db.insert('lists', {})
    assert.deepEqual(await db.insert('items', { id: 'i', listId: id }), { id: 'i', listId: id })
    await assert.rejects(db.insert('items', { id: 'j', listId: 99 }), missing('items', 'listId'))
    await assert.rejects(db.delete('lists', id), referred('lists', 'items'))
    assert.equal(await db.count('items', { where: [{ field: 'listId', op: 'in', value: [id, 7] }] }), 1)
  }),

  adapterRule('a reference and its target race to a consistent end', [users, posts], async (db) => {
    for (let round = 0; round < 10; round++) {
      await db.insert('users', { id: `u${round}` })
      await Promise.allSettled([
        db.insert('posts', { id: `p${round}`, authorId: `u${round}` }),
        db.delete('users', `u${round}`),
        db.insert('posts', { id: `q${round}`, authorId: `u${round}` }),
      ])
    }
    const authors = (await db.find('posts')).map(({ authorId }) => String(authorId))
    const alive = await db.findByIds('users', authors)
    assert.equal(alive.length, new Set(authors).size)
  }),
]
