import type { Command, CommandContext, Condition, Row } from '@json-express/core'

const PAGE = 500
const FIELDS = ['id', 'email', 'role', 'emailVerified', 'disabled', 'createdAt'] as const
const COLUMNS = [
  ['id', 36],
  ['email', 32],
  ['role', 10],
  ['verified', 8],
  ['disabled', 8],
  ['created', 24],
] as const
const BY_ID = [{ field: 'id', direction: 'asc' }] as const

/** `users list`: who there is, page by page, never more of them in memory. */
export const usersList: Command = {
  name: 'users list',
  description: 'list the users',
  options: [
    { flags: '--role <role>', description: 'those with this role' },
    { flags: '--json', description: 'as a JSON array' },
  ],
  async run({ app, options: { role, json }, print }) {
    const where: Condition[] = typeof role === 'string' ? [{ field: 'role', op: 'eq', value: role }] : []
    const users = app.collections.get('users')
    const write = json === true ? jsonWriter(print) : tableWriter(print)
    for (let last = ''; ; ) {
      const after: Condition = { field: 'id', op: 'gt', value: last }
      const page = await users.find({ where: [...where, after], sort: BY_ID, limit: PAGE })
      for (const user of page) write.row(FIELDS.map((field) => user[field]))
      if (page.length < PAGE) break
      last = String(page.at(-1)?.id)
    }
    write.end()
  },
}

type Values = readonly Row[string][]
type Print = CommandContext['print']

/** One user a line, and the whole a document. */
function jsonWriter(print: Print) {
  let held: string | undefined
  print('[')
  return {
    row(values: Values) {
      if (held !== undefined) print(`${held},`)
      held = `  ${JSON.stringify(Object.fromEntries(FIELDS.map((field, i) => [field, values[i]])))}`
    },
    end() {
      if (held !== undefined) print(held)
      print(']')
    },
  }
}

function tableWriter(print: Print) {
  const line = (cells: readonly string[]) =>
    print(
      cells
        .map((cell, i) => cell.padEnd(COLUMNS[i]?.[1] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  line(COLUMNS.map(([name]) => name))
  return {
    row: (values: Values) =>
      line(values.map((value) => (typeof value === 'boolean' ? yesNo(value) : String(value ?? '')))),
    end: () => undefined,
  }
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no'
}
