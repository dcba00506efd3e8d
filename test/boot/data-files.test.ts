import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createApp } from '@json-express/runtime'
import t from 'tap'
import { appFolder, writeFiles } from '../harness/app-folder.js'
import { quickApp } from '../harness/quick-app.js'
import { startPostgres } from '../harness/servers/postgres-server.js'

const TAGS = `import { defineModel, types } from '@json-express/core'
export default defineModel({ fields: { name: types.string() } })
`
const FILES = {
  'models/tags.ts': TAGS,
  'data/tags.json': [{ id: 4, name: 'old' }],
  'data/posts.json': [{ id: 7, title: 'one' }],
  'data/comments.json': [{ id: 1, text: 'first', postId: 7 }],
}

for (const adapter of ['sqlite', 'postgres'] as const) {
  t.test(`data files may go after their one load, with adapter-${adapter}`, async (t) => {
    const dependencies = { '@json-express/runtime': '*', [`@json-express/adapter-${adapter}`]: '*' }
    const dir = appFolder(t, { dependencies, files: FILES })
    const env: Record<string, string> =
      adapter === 'sqlite'
        ? { JEX__ADAPTER_SQLITE__FILE: join(dir, 'data.sqlite') }
        : { JEX__ADAPTER_POSTGRES__URL: await (await startPostgres(t)).database() }
    const boot = async () => {
      const app = await createApp({ dir, env: { JEX__LOG__LEVEL: 'silent', ...env } })
      t.teardown(() => app.close())
      const get = async (url: string) => (await app.inject(url)).json()
      const post = async (url: string, payload: object) => (await app.inject({ method: 'POST', url, payload })).json()
      return { app, get, post }
    }

    const first = await boot()
    t.match(await first.post('/tags', { name: 'new' }), { id: 5 })
    await first.app.close()

    rmSync(join(dir, 'data/tags.json'))
    writeFiles(dir, { 'data/posts.json': [] })
    const second = await boot()
    t.match(await second.get('/tags?_sort=id'), [{ id: 4 }, { id: 5 }])
    t.match(await second.post('/tags', { name: 'newer' }), { id: 6 })
    t.match(await second.get('/posts/7'), { id: 7 })
    t.match(await second.get('/comments/1?_expand=post'), { postId: 7, post: { id: 7 } })
  })
}

t.test('the example data of json-server boots beside identity', async (t) => {
  const app = await quickApp(
    t,
    {},
    {
      files: {
        'data/posts.json': [{ id: 1, title: 'a title', userId: 1 }],
        'data/comments.json': [{ id: 1, text: 'a comment about post 1', postId: 1 }],
      },
    },
  )
  const posts = await app.app.collections.get('posts').find()
  t.strictSame(posts, [{ id: 1, title: 'a title', userId: 1 }])
})
