import { appFolder } from '../harness/app-folder.js'
import { type Answer, adminFrom, client } from '../harness/client.js'
import { type RunningServer, startServer } from '../harness/server.js'

export const PASSWORD = 'correct horse battery'

/** What a client keeps. */
export interface Pair {
  accessToken: string
  refreshToken: string
}

export interface Account extends Pair {
  id: string
  email: string
}

/** A server with open registration, whose mails can be read, and what clients do with it. */
export async function house(
  t: Parameters<typeof appFolder>[0],
  env: Record<string, string> = {},
  files: Record<string, string | object> = {},
) {
  const dir = appFolder(t, { files })
  const server: RunningServer = await startServer(t, dir, { env: { JEX__RATELIMIT__ENABLED: 'false', ...env } })
  const call = client(server.url)
  const post = (path: string, body: unknown, token?: string) => call('POST', path, body, token)
  const admin = adminFrom(server.output())

  /** The events of one name so far, as they were logged. */
  const events = (name: string): Record<string, unknown>[] =>
    server
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
      .filter(({ event }) => event === name)

  let seen = 0
  /** The token of the next mail to this address that has a link. */
  const mailed = async (to: string): Promise<string> => {
    const rest = () => server.output().slice(seen)
    const pattern = new RegExp(`to: +${to.replaceAll('.', '\\.')}\\b(?:(?!to: )[\\s\\S])*?#token=([\\w-]{43})\\s`, 'i')
    await server.printed(new RegExp(`[\\s\\S]{${seen}}[\\s\\S]*?${pattern.source}`, 'i'))
    const match = pattern.exec(rest())
    seen += (match?.index ?? 0) + (match?.[0].length ?? 0)
    return match?.[1] ?? ''
  }

  return {
    ...{ server, dir, call, post, events, mailed },
    me: (token: string) => call('GET', '/auth/me', undefined, token),
    login: (email: string, password = PASSWORD) => post('/auth/login', { email, password }),
    refresh: (refreshToken: string) => post('/auth/refresh', { refreshToken }),
    admin: async (): Promise<Account> => accountOf(await post('/auth/login', admin)),
    register: async (email: string): Promise<Account> =>
      accountOf(await post('/auth/register', { email, password: PASSWORD })),
  }
}

function accountOf({ status, body, text }: Answer): Account {
  if (status !== 200 && status !== 201) throw new Error(`${status} ${text}`)
  return { ...body, id: body.user.id, email: body.user.email }
}
