import { join } from 'node:path'
import Database from 'libsql'
import { appFolder, PRESET, writeFiles } from '../harness/app-folder.js'
import { adminFrom, type Call, client, signIn } from '../harness/client.js'
import { type RunningServer, startServer } from '../harness/server.js'
import { linkTo, PASSWORD, type Person } from './people.js'
import { claimsOf, SECRET, signed } from './tokens.js'

export interface StoredUser {
  role: string
  tokenVersion: number
  disabled: boolean
}

/** What the processes of a stage stand on, seen past them. */
export interface Ground {
  dependencies: Record<string, string>
  env?: Record<string, string>
  /** The user as the database has him. */
  row(id: string): Promise<StoredUser | undefined>
  enabledAdmins(): Promise<number>
  /** The token of the nth link that was mailed to the address, the first being 1. */
  mailed(email: string, nth: number): Promise<string>
}

export interface StageOptions {
  /** How many processes serve the one app. */
  servers: number
  /** Default: the stack of one machine, on one SQLite file. */
  ground?: (dir: string, servers: () => readonly RunningServer[]) => Ground
  /** What the app depends on beside that. */
  dependencies?: Record<string, string>
  files?: Record<string, string | object>
  env?: Record<string, string>
  /** Whether tokens belong to sessions. Default false: then tests make tokens themselves. */
  sessions?: boolean
}

/** One app, served by one or several processes. */
export interface Stage extends Pick<Ground, 'row' | 'enabledAdmins' | 'mailed'> {
  servers: RunningServer[]
  /** To one of the processes, in turn. */
  call: Call
  /** One client for each process. */
  calls: Call[]
  /** The seeded admin's id, and a token of his that is good right now. */
  admin: { id: string; access(): Promise<string> }
  /** Creates a user by way of the admin, and returns the token of the mailed link. */
  provision(email: string, role?: string): Promise<{ id: string; token: string }>
  /** A user who has chosen `PASSWORD` and signed in. */
  member(email: string, role?: string): Promise<Person>
  /** A token of the user that is good right now. */
  access(id: string): Promise<string>
}

export async function stage(
  t: Parameters<typeof appFolder>[0],
  { servers: count, ground = embedded(t), dependencies = {}, files = {}, env = {}, sessions = false }: StageOptions,
): Promise<Stage> {
  const dir = appFolder(t, { dependencies: {}, files })
  const servers: RunningServer[] = []
  const { row, enabledAdmins, mailed, ...below } = ground(dir, () => servers)
  const manifest = { name: 'app', private: true, dependencies: { ...below.dependencies, ...dependencies } }
  writeFiles(dir, { 'package.json': manifest })
  const fixed = {
    JEX__AUTH__SECRET: SECRET,
    JEX__AUTH__SESSION_CHECK: String(sessions),
    JEX__RATELIMIT__ENABLED: 'false',
  }
  const start = () => startServer(t, dir, { env: { ...fixed, ...below.env, ...env } })
  servers.push(...(await Promise.all(Array.from({ length: count }, start))))
  const calls = servers.map(({ url }) => client(url))

  const [first] = calls
  if (first === undefined) throw new Error('a stage needs a server')
  // whichever process was the first to look made the admin and shows him
  const printed = servers.map(({ output }) => output()).filter((output) => output.includes('password:'))
  if (printed.length !== 1) throw new Error(`${printed.length} processes made an admin`)
  const seeded = await signIn(first, adminFrom(printed.join('\n')))
  const { body: me } = await first('GET', '/auth/me', undefined, seeded)

  const access = async (id: string) => signed(claimsOf(id, (await row(id))?.tokenVersion ?? 0))
  const admin = { id: String(me.id), access: async () => (sessions ? seeded : access(me.id)) }
  const provision: Stage['provision'] = async (email, role = 'user') => {
    const { status, body, text } = await first('POST', '/users', { email, role }, await admin.access())
    if (status !== 201) throw new Error(`provision: ${status} ${text}`)
    return { id: String(body.id), token: await mailed(email, 1) }
  }
  let turn = 0
  return {
    ...{ servers, calls, row, enabledAdmins, mailed, access, provision, admin },
    call: (...request) => (calls[turn++ % calls.length] ?? first)(...request),
    async member(email, role) {
      const { id, token } = await provision(email, role)
      const reset = await first('POST', '/auth/password/reset', { token, newPassword: PASSWORD })
      if (reset.status !== 200) throw new Error(`reset: ${reset.text}`)
      return { id, email, access: await signIn(first, { email, password: PASSWORD }) }
    },
  }
}

/** One SQLite file; the mails are in the terminal of the first process, which is the one that is asked for them. */
function embedded(t: Parameters<typeof appFolder>[0]): NonNullable<StageOptions['ground']> {
  return (dir, servers) => {
    const open = () => {
      const db = new Database(join(dir, '.jex/data.sqlite'), { readonly: true })
      t.teardown(() => db.close())
      return {
        users: db.prepare('select role, "tokenVersion", disabled from users where id = ?'),
        admins: db.prepare("select count(*) as count from users where role = 'admin' and disabled = 0"),
      }
    }
    let statements: ReturnType<typeof open> | undefined
    const prepared = () => {
      statements ??= open()
      return statements
    }
    return {
      dependencies: PRESET,
      async row(id) {
        const found = prepared().users.get(id) as Record<string, unknown> | undefined
        return found && { ...(found as unknown as StoredUser), disabled: found.disabled === 1 }
      },
      enabledAdmins: async () => (prepared().admins.get() as { count: number }).count,
      mailed: (email, nth) => linkTo(servers()[0], email, nth),
    }
  }
}
