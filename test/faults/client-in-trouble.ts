import type { Answer, Call } from '../harness/client.js'
import { eventually } from '../harness/eventually.js'

/** How long any request may take, whatever fails behind the server. */
const PATIENCE_MS = 10_000

/** What a client makes of one user's session, as a good client does: it keeps its tokens through outages. */
export interface Session {
  accessToken: string
  refreshToken: string
}

/** Everything a request may be answered with while something behind the server fails. */
export function isOutage({ status, headers, body }: Answer): boolean {
  return status === 503 && /^[1-9]\d*$/.test(headers.get('retry-after') ?? '') && body?.error?.code === 'UNAVAILABLE'
}

/** What only the operator may see of a failure: stacks, files, addresses, drivers and what they say. */
const INTERNALS =
  /node_modules|node:|\.[jt]s\b|127\.0\.0\.1|localhost|\bE[A-Z]{4,}\b|sqlite|[Pp]ostgres|\bpg\b|[Rr]edis|\b(?:select|SELECT)\b/

/**
 * A call that rejects when it is not answered in time, in milliseconds, or when a failure is told with what is behind it.
 */
export function impatient(call: Call, patienceMs = PATIENCE_MS): Call {
  return async (...request) => {
    let timer: NodeJS.Timeout | undefined
    const name = request.slice(0, 2).join(' ')
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer: ${name}`)), patienceMs)
    })
    const answer = await Promise.race([call(...request), tooLate]).finally(() => clearTimeout(timer))
    if (answer.status >= 500 && INTERNALS.test(answer.text)) throw new Error(`${name} tells too much: ${answer.text}`)
    return answer
  }
}

/** Which of the secrets a server has printed. */
export function leaked(output: string, secrets: Record<string, string>): string[] {
  return Object.keys(secrets).filter((name) => output.includes(secrets[name] ?? ''))
}

export async function register(call: Call, email: string, password: string): Promise<Session> {
  const { status, body, text } = await call('POST', '/auth/register', { email, password })
  if (status !== 201) throw new Error(`register: ${status} ${text}`)
  return body
}

/** Resolves to the answer about the session's own user, once the server has everything it needs again. */
export async function recovered(call: Call, { accessToken }: Session): Promise<Answer> {
  await eventually(
    'readiness',
    () => call('GET', '/ready'),
    ({ status }) => status === 200,
  )
  return eventually(
    'recovery',
    () => call('GET', '/auth/me', undefined, accessToken),
    ({ status }) => status === 200,
  )
}
