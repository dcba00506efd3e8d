import type { EmailMessage } from '@json-express/core'
import { createApp } from '@json-express/runtime'
import type { FastifyInstance } from 'fastify'
import { appFolder } from './app-folder.js'

export const PASSWORD = 'correct horse battery'

type Env = Record<string, string>
type Files = Record<string, string | object>

interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: a client does not know what an answer holds until it looks
  body: any
  headers: Record<string, unknown>
}

/** An app in this process, on a database in memory, with hashes as cheap as they may be. */
export async function quickApp(
  t: Parameters<typeof appFolder>[0],
  env: Env = {},
  { dir = '', files = {} as Files, secret = true } = {},
) {
  const folder = dir || appFolder(t, { files })
  const app: FastifyInstance = await createApp({ dir: folder, env: { ...CHEAP, ...(secret && SECRET), ...env } })
  t.teardown(() => app.close())
  const mails: EmailMessage[] = []
  // the provider is the edge of the system: what it is handed is looked at, and not printed into the results
  if (app.hasDecorator('email')) app.email.send = async (message) => void mails.push(message)

  const call = async (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    url: string,
    payload?: object,
    token?: string,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const answer = await app.inject({
      ...{ method, url },
      ...(payload && { payload }),
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
    })
    const json = String(answer.headers['content-type']).includes('json')
    return { status: answer.statusCode, headers: answer.headers, body: json ? answer.json() : answer.body }
  }
  const post = (url: string, payload: object, token?: string, headers?: Record<string, string>) =>
    call('POST', url, payload, token, headers)

  return {
    ...{ app, call, post, mails, dir: folder },
    register: (email: string, password = PASSWORD) => post('/auth/register', { email, password }),
    login: (email: string, password = PASSWORD) => post('/auth/login', { email, password }),
    me: (token: string) => call('GET', '/auth/me', undefined, token),
    /** The next mail to this address, once it is there. */
    async mailTo(address: string): Promise<EmailMessage & { token: string }> {
      for (;;) {
        const index = mails.findIndex(({ to }) => to === address)
        const [mail] = index < 0 ? [] : mails.splice(index, 1)
        if (mail) return { ...mail, token: /#token=([\w-]{43})/.exec(mail.text)?.[1] ?? '' }
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
  }
}

const SECRET: Env = { JEX__AUTH__SECRET: '8Zb1yJq0W3oVtX5uEwG7kLm9NpQrStUvWxYz0123456' }
const CHEAP: Env = {
  JEX__LOG__LEVEL: 'silent',
  JEX__ADAPTER_SQLITE__FILE: ':memory:',
  JEX__AUTH__HASH__MEMORY_KIB: '7168',
  JEX__AUTH__HASH__ITERATIONS: '1',
  JEX__RATELIMIT__ENABLED: 'false',
}

/** Lets time pass for everything that asks what time it is. */
export function timeMachine(t: { teardown(fn: () => unknown): void }): (ms: number) => void {
  const { now } = Date
  let passed = 0
  Date.now = () => now() + passed
  t.teardown(() => {
    Date.now = now
  })
  return (ms) => {
    passed += ms
  }
}
