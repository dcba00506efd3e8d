import type { Account, house } from './house.js'

type Line = Record<string, unknown>

/** Says in the log how far a test has come: what comes after belongs to its next step. For the files of the app. */
export const marksFile = `import { defineRoutes } from '@json-express/core'
export default defineRoutes({ endpoints: {
  'POST /:mark': { access: 'public', handler: ({ log, params: { mark } }) => { log.info({ mark }); return {} } },
} })`

/** Users with a field that they may write themselves. */
export const usersFile = `import { defineModel, types } from '@json-express/core'
export default defineModel({ fields: { city: types.string({ access: { update: ['owner', 'admin'] } }) } })`

/** Fields that every line of the log has. */
const USUAL = ['level', 'time', 'pid', 'hostname', 'reqId', 'msg']

/**
 * The events that requests logged while `work` ran, as `event user (session) by admin: details`, warnings with an
 * exclamation mark. Whatever else a line says is added, so that it shows. Mails go on their own and are left out.
 */
export async function eventLines(
  { server, post }: Pick<Awaited<ReturnType<typeof house>>, 'server' | 'post'>,
  accounts: ReadonlyMap<string, Account>,
  work: () => Promise<unknown>,
): Promise<string[]> {
  /** Where in the output a line of this moment is. */
  const mark = async () => {
    const id = crypto.randomUUID()
    await post(`/marks/${id}`, {})
    return (await server.printed(new RegExp(`\\{[^\\n]*"mark":"${id}"`))).index
  }
  const from = await mark()
  await work()
  const to = await mark()
  const lines = server.output().slice(from, to).split('\n')
  return lines
    .filter((line) => line.startsWith('{'))
    .map((line): Line => JSON.parse(line))
    .filter(({ event }) => typeof event === 'string' && !event.startsWith('mail.'))
    .map((line) => inWords(line, accounts))
}

function inWords(line: Line, accounts: ReadonlyMap<string, Account>): string {
  const { event, level, msg, client, userId, sessionId, by, reason, role, ...more } = line
  const nameOf = (id: unknown) => [...accounts].find(([, account]) => account.id === id)?.[0] ?? String(id)
  const session = (account?: Account) => (account && sessionOf(account) === sessionId ? 'here' : 'elsewhere')
  const strange = Object.entries(more).filter(([field]) => !USUAL.includes(field))
  return [
    `${level === 40 ? '! ' : ''}${event} ${userId === null ? 'nobody' : nameOf(userId)}`,
    ...(sessionId === undefined ? [] : [`(${session(accounts.get(nameOf(userId)))})`]),
    ...(by === undefined ? [] : [`by ${nameOf(by)}`]),
    ...(role === undefined ? [] : [`as ${role}`]),
    ...(reason === undefined ? [] : [`: ${reason}`]),
    ...(client === '127.0.0.1' && msg === event ? [] : [`of ${client}, ${msg}`]),
    ...(strange.length > 0 ? [JSON.stringify(strange)] : []),
  ].join(' ')
}

/** The session that an access token belongs to. */
function sessionOf({ accessToken }: Account): string {
  return JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()).sid
}
