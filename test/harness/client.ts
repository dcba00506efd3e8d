export interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: a client does not know what an answer holds until it looks
  body: any
  text: string
}

export type Call = (method: string, path: string, body?: unknown, token?: string | null) => Promise<Answer>

/** A small JSON client for a running server, which sends these headers with every request. */
export function client(url: string, headers: Record<string, string> = {}): Call {
  return async (method, path, body, token) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...headers,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: parse(text) }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // pages are not JSON; the text is there
  }
}

/** The seeded admin's address and password, as the terminal shows them. */
export function adminFrom(output: string): { email: string; password: string } {
  const email = /^\s*email:\s+(\S+)$/m.exec(output)?.[1]
  const password = /^\s*password:\s+(\S+)$/m.exec(output)?.[1]
  if (email === undefined || password === undefined) throw new Error(`no admin in:\n${output}`)
  return { email, password }
}

/** Signs in and returns the access token. */
export async function signIn(call: Call, credentials: { email: string; password: string }): Promise<string> {
  const { status, body, text } = await call('POST', '/auth/login', credentials)
  if (status !== 200) throw new Error(`login: ${status} ${text}`)
  return body.accessToken
}
