import { type Command, type Condition, type Row, visibleText } from '@json-express/core'

const PAGE = 500
const BY_ID = [{ field: 'id', direction: 'asc' }] as const
const FAILED: Condition = { field: 'failedAt', op: 'ne', value: null }

/** `mails`: which are owed, which were given up and why; `--retry` has the latter tried again. */
export const mails: Command = {
  name: 'mails',
  description: 'list the mails that wait and those that were given up, and why',
  options: [
    { flags: '--retry [id]', description: 'have those that were given up tried again, or one of them' },
    { flags: '--json', description: 'as JSON, one mail a line' },
  ],
  async run({ app, options: { retry, json }, print, note }) {
    const intents = app.collections.get('auth_mails')
    const each = async (where: Condition[], act: (intent: Row) => unknown) => {
      for (let last = ''; ; ) {
        const after: Condition = { field: 'id', op: 'gt', value: last }
        const page = await intents.find({ where: [...where, after], sort: BY_ID, limit: PAGE })
        for (const intent of page) await act(intent)
        if (page.length < PAGE) return
        last = String(page.at(-1)?.id)
      }
    }

    if (retry !== undefined) {
      const id: Condition[] = typeof retry === 'string' ? [{ field: 'id', op: 'eq', value: retry }] : []
      let count = 0
      await each([FAILED, ...id], async (intent) => {
        const mended = { failedAt: null, attempts: 0, lastError: null, firstTriedAt: null }
        if ((await intents.update(String(intent.id), mended)) !== null) count++
      })
      if (count === 0 && id.length > 0) {
        note(`No mail ${retry} was given up.`)
        return 1
      }
      note(`${count} will be tried again by the server or the worker, within half a minute.`)
      return
    }

    let count = 0
    await each([], async (intent) => {
      const mail = await described(intent, (userId) => app.collections.get('users').get(userId))
      count++
      if (json === true) print(JSON.stringify(mail))
      else print(visibleText(inWords(mail)))
    })
    if (count === 0) note('No mail waits, and none was given up.')
  },
}

interface Described {
  id: string
  kind: string
  to: string | null
  state: 'pending' | 'failed'
  since: string
  attempts: number
  error: string | null
}

async function described(intent: Row, userOf: (id: string) => Promise<Row | null>): Promise<Described> {
  const user = intent.address === null && intent.userId !== null ? await userOf(String(intent.userId)) : null
  const to = intent.address ?? user?.email ?? null
  return {
    id: String(intent.id),
    kind: String(intent.kind),
    to: to === null ? null : String(to),
    state: intent.failedAt === null ? 'pending' : 'failed',
    since: String(intent.createdAt),
    attempts: Number(intent.attempts),
    error: intent.lastError === null ? null : String(intent.lastError),
  }
}

function inWords({ id, kind, to, state, since, attempts, error }: Described): string {
  const why = error === null ? '' : `: ${error}`
  const tries = attempts === 1 ? '1 attempt' : `${attempts} attempts`
  return `${id}  ${state.padEnd(7)}  ${kind} to ${to ?? 'nobody'}, since ${since}, ${tries}${why}`
}
