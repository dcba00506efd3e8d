import { appFolder } from '../harness/app-folder.js'
import { adminFrom, client, signIn } from '../harness/client.js'
import { startServer } from '../harness/server.js'
import { member } from './people.js'
import { SECRET } from './tokens.js'

export const ISSUER = 'https://api.example'
export const AUDIENCE = 'api'
/** In every answer that a stranger must not get. */
export const CANARY = 'canary in a coal mine'

const MODELS = {
  'models/notes.ts': `import { defineModel, types } from '@json-express/core'
export default defineModel({
  fields: { text: types.string() },
  access: { read: 'user', create: 'user', update: 'user', delete: 'user' },
  endpoints: { 'GET /digest/all': () => ({ text: '${CANARY}' }) },
})`,
  'models/open.ts': `import { defineRoutes } from '@json-express/core'
export default defineRoutes({
  endpoints: { 'GET /ping': () => ({ pong: true }), 'GET /any/*': () => ({ pong: true }) },
})`,
  'data/notes.json': [{ text: CANARY }],
}

/** A server with notes for those who are signed in, routes below `/open` for everybody, an admin and two users. */
export async function guardedApp(t: Parameters<typeof appFolder>[0]) {
  const env = {
    JEX__AUTH__SECRET: SECRET,
    JEX__AUTH__ISSUER: ISSUER,
    JEX__AUTH__AUDIENCE: AUDIENCE,
    JEX__AUTH__EXCLUDE: '/open',
    JEX__AUTH__SESSION_CHECK: 'false', // tokens made by the tests belong to no session
  }
  const server = await startServer(t, appFolder(t, { files: MODELS }), { env })
  const call = client(server.url)
  const admin = await signIn(call, adminFrom(server.output()))
  const ann = await member(server, call, admin, 'ann@example.com')
  const bob = await member(server, call, admin, 'bob@example.com', 'editor')
  return { server, call, admin, ann, bob }
}
