import { fastify } from 'fastify'
import t from 'tap'
import { startPostgres } from '../../../test/harness/servers/postgres-server.js'
import type { Connection } from '../src/connection.js'
import { createConnections } from '../src/connections.js'

const TIMES = { statementTimeout: 5000, connectTimeout: 2000 }
const one = { sql: 'SELECT 1', parameters: [] }

t.test('connections', async (t) => {
  const server = await startPostgres(t)
  const url = await server.database()

  t.test('an idle one that is lost is one line in the log, without the password', async (t) => {
    const lines: string[] = []
    const told = new Promise<void>((resolve) => {
      const stream = { write: (line: string) => resolve(void lines.push(line)) }
      const { log } = fastify({ logger: { stream } })
      const connections = createConnections({
        url: url.replace('jex@', 'jex:s3cret@'),
        maxConnections: 1,
        ...TIMES,
        log,
      })
      t.teardown(() => connections.close())
      const end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'json-express'"
      connections.use(({ execute }) => execute(one)).then(() => server.query(end))
    })
    await told
    t.match(lines, [/an idle connection to the database was lost/])
    t.notMatch(lines[0], /s3cret/)
    const { pid: _, hostname: __, time: ___, ...line } = JSON.parse(lines[0] ?? '')
    t.strictSame(line, {
      level: 40,
      reason: 'terminating connection due to administrator command',
      msg: 'an idle connection to the database was lost',
    })
  })

  t.test('one that is left inside a transaction is not lent again', async (t) => {
    const connections = createConnections({ url, maxConnections: 1, ...TIMES })
    t.teardown(() => connections.close())
    const pid = { sql: 'SELECT pg_backend_pid()', parameters: [] }
    const [first, again, left] = [
      await connections.use(pidOf),
      await connections.use(pidOf),
      await connections.use(leave),
    ]
    t.equal(first, again)
    t.equal(first, left)
    t.not(await connections.use(pidOf), left)

    async function pidOf({ execute }: Connection) {
      return (await execute(pid)).rows[0]?.[0]
    }
    async function leave(connection: Connection) {
      await connection.command('BEGIN')
      return pidOf(connection)
    }
  })
})
