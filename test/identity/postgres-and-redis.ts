import { PRESET } from '../harness/app-folder.js'
import { startPostgres } from '../harness/servers/postgres-server.js'
import { startRedis } from '../harness/servers/redis-server.js'
import type { Teardown } from '../harness/servers/server-process.js'
import { linkTo } from './people.js'
import type { StageOptions, StoredUser } from './stage.js'

/** PostgreSQL and Redis, as instances on several machines would share them; mails are in the terminal of the first one. */
export async function postgresAndRedis(t: Teardown): Promise<NonNullable<StageOptions['ground']>> {
  const [postgres, redis] = await Promise.all([startPostgres(t), startRedis(t)])
  const url = await postgres.database()
  return (_dir, servers) => ({
    dependencies: { ...PRESET, '@json-express/adapter-postgres': '*', '@json-express/kv-redis': '*' },
    env: { JEX__ADAPTER_POSTGRES__URL: url, JEX__KV_REDIS__URL: redis.url },
    async row(id) {
      const rows = await postgres.query(`select role, "tokenVersion", disabled from users where id = '${id}'`, url)
      return rows[0] as unknown as StoredUser | undefined
    },
    async enabledAdmins() {
      return (await postgres.query("select 1 from users where role = 'admin' and not disabled", url)).length
    },
    mailed: (email, nth) => linkTo(servers()[0], email, nth),
  })
}
