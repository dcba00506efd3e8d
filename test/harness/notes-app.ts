import { appFolder } from './app-folder.js'
import { adminFrom, client, signIn } from './client.js'
import { startServer } from './server.js'

/** A small open app for tests that send it rubbish: a server, its admin's credentials and token, one note. */
export async function notesApp(t: Parameters<typeof appFolder>[0]) {
  const dir = appFolder(t, {
    files: {
      'models/notes.ts': `import { defineModel, types } from '@json-express/core'
export default defineModel({
  fields: {
    title: types.string().required().maxLength(100),
    views: types.number().min(0),
    open: types.boolean(),
    at: types.date(),
    extra: types.json(),
    kind: types.string().enum(['a', 'b']),
  },
  access: { read: 'public', create: 'public', update: 'public', delete: 'public' },
  hooks: { beforeCreate: (note) => ({ ...note, title: note.title.trim() }) },
})
`,
      'data/posts.json': [{ id: 1, title: 'one' }],
    },
  })
  const server = await startServer(t, dir)
  const call = client(server.url)
  const credentials = adminFrom(server.output())
  const token = await signIn(call, credentials)
  const { body: note } = await call('POST', '/notes', { title: 'x' }, token)
  return { server, call, credentials, token, note }
}
