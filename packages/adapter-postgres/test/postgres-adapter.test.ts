import type { IDatabaseAdapter } from '@json-express/core'
import { adapterRules, type DurableAdapterSubject, durableAdapterRules } from '@json-express/testing'
import t from 'tap'
import { startPostgres } from '../../../test/harness/servers/postgres-server.js'
import { createPostgresAdapter } from '../src/index.js'

t.test('the rules of the contract, where text sorts by language', async (t) => {
  const server = await startPostgres(t)
  const [provider] = await server.query(
    "SELECT datlocprovider, daticulocale FROM pg_database WHERE datname = 'postgres'",
  )
  t.strictSame(provider, { datlocprovider: 'i', daticulocale: 'en-US' })
  const database = await server.database()
  let schemas = 0
  const urls = new WeakMap<IDatabaseAdapter, string>()
  const open = async (url: string) => {
    const db = await createPostgresAdapter({ url })
    urls.set(db, url)
    return db
  }
  const subject: DurableAdapterSubject = {
    // A schema of its own for each rule: a database takes ten times as long to make.
    async open() {
      const schema = `rule_${++schemas}`
      await server.query(`CREATE SCHEMA ${schema}`, database)
      return open(`${database}?options=${encodeURIComponent(`-c search_path=${schema}`)}`)
    },
    reopen: async (closed) => open(urls.get(closed) ?? ''),
  }
  for (const rule of adapterRules) t.test(rule.name, () => rule.run(subject))
  for (const rule of durableAdapterRules) t.test(rule.name, () => rule.run(subject))
})
