import type { Call } from '../harness/client.js'
import { signIn } from '../harness/client.js'
import type { RunningServer } from '../harness/server.js'

export const PASSWORD = 'correct horse battery'

export interface Person {
  id: string
  email: string
  /** An access token. */
  access: string
}

/** Creates a user by way of an admin, and returns the token of the link that the console printed. */
export async function provision(server: RunningServer, call: Call, admin: string, email: string, role = 'user') {
  const { status, body, text } = await call('POST', '/users', { email, role }, admin)
  if (status !== 201) throw new Error(`provision: ${status} ${text}`)
  const [, token = ''] = await server.printed(new RegExp(`${email}[\\s\\S]*?#token=([\\w-]{43})\\s`))
  return { id: String(body.id), token }
}

/** A user who has chosen `PASSWORD` and signed in. */
export async function member(server: RunningServer, call: Call, admin: string, email: string, role = 'user') {
  const { id, token } = await provision(server, call, admin, email, role)
  const reset = await call('POST', '/auth/password/reset', { token, newPassword: PASSWORD })
  if (reset.status !== 200) throw new Error(`reset: ${reset.text}`)
  return { id, email, access: await signIn(call, { email, password: PASSWORD }) } satisfies Person
}

/** The token of the nth link that the console of a server shows for an address, the first being 1. */
export async function linkTo(server: RunningServer | undefined, email: string, nth: number): Promise<string> {
  const mail = `${email.replaceAll('.', '\\.')}[\\s\\S]*?#token=([\\w-]{43})\\s[\\s\\S]*?`
  return (await server?.printed(new RegExp(mail.repeat(nth))))?.[nth] ?? ''
}
