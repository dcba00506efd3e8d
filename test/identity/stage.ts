import { join } from 'node:path'
import Database from 'libsql'
import { appFolder } from '../harness/app-folder.js'
import { adminFrom, type Call, client, signIn } from '../harness/client.js'
import { type RunningServer, startServer } from '../harness/server.js'
import { member, type Person, provision } from './people.js'
import { claimsOf, SECRET, signed } from './tokens.js'

export interface StageOptions {
  /** How many processes serve the one app. */
  servers: number
  dependencies?: Record<string, string>
  files?: Record<string, string | object>
  env?: Record<string, string>
}

/** One app on one SQLite file, served by one or several processes. */
export interface Stage {
  servers: RunningServer[]
  /** To one of the processes, in turn. */
  call: Call
  /** One client for each process. */
  calls: Call[]
  /** The seeded admin's id, and a token of his that is good right now. */
  admin: { id: string; access(): Promise<string> }
  provision(email: string, role?: string): Promise<{ id: string; token: string }>
  member(email: string, role?: string): Promise<Person>
  /** The user as the database has him. */
  row(id: string): { role: string; tokenVersion: number; disabled: number } | undefined
  enabledAdmins(): number
  /** A token of the user that is good right now. */
  access(id: string): Promise<string>
}

export async function stage(
  t: Parameters<typeof appFolder>[0],
  { servers: count, env = {}, ...app }: StageOptions,
): Promise<Stage> {
  const dir = appFolder(t, app)
  // tokens made by the tests belong to no session, and memory stores share none
  const fixed = { JEX__AUTH__SECRET: SECRET, JEX__AUTH__SESSION_CHECK: 'false', JEX__RATELIMIT__ENABLED: 'false' }
  const start = () => startServer(t, dir, { env: { ...fixed, ...env } })
  const servers = await Promise.all(Array.from({ length: count }, start))
  const calls = servers.map(({ url }) => client(url))
  const db = new Database(join(dir, '.jex/data.sqlite'), { readonly: true })
  t.teardown(() => db.close())
  const users = db.prepare('select role, "tokenVersion", disabled from users where id = ?')
  const admins = db.prepare("select count(*) as count from users where role = 'admin' and disabled = 0")

  const [first, firstCall] = [servers[0], calls[0]]
  if (first === undefined || firstCall === undefined) throw new Error('a stage needs a server')
  // whichever process was the first to look made the admin and shows him
  const printed = servers.map(({ output }) => output()).filter((output) => output.includes('password:'))
  if (printed.length !== 1) throw new Error(`${printed.length} processes made an admin`)
  const seeded = await signIn(firstCall, adminFrom(printed.join('\n')))
  const { body: me } = await firstCall('GET', '/auth/me', undefined, seeded)

  const row: Stage['row'] = (id) => users.get(id) as ReturnType<Stage['row']>
  const access = (id: string) => signed(claimsOf(id, row(id)?.tokenVersion ?? 0))
  let turn = 0
  return {
    servers,
    calls,
    call: (...request) => (calls[turn++ % calls.length] ?? firstCall)(...request),
    admin: { id: me.id, access: () => access(me.id) },
    provision: async (email, role) => provision(first, firstCall, await access(me.id), email, role),
    member: async (email, role) => member(first, firstCall, await access(me.id), email, role),
    row,
    enabledAdmins: () => (admins.get() as { count: number }).count,
    access,
  }
}
