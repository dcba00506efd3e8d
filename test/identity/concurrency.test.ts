import t from 'tap'
import { postgresAndRedis } from './postgres-and-redis.js'
import { races } from './races.js'
import { stage } from './stage.js'

for (const servers of [1, 2]) {
  t.test(`${servers === 1 ? 'one process' : `${servers} processes`} on one file`, async (t) => {
    const theStage = await stage(t, { servers })
    for (const { name, run } of races) await t.test(name, (t) => run(t, theStage))
    for (const { output } of theStage.servers) t.notMatch(output(), /"level":(50|60)/, 'nothing failed')
  })
}

t.test('2 processes on one PostgreSQL and one Redis', async (t) => {
  const theStage = await stage(t, { servers: 2, ground: await postgresAndRedis(t) })
  for (const { name, run } of races) await t.test(name, (t) => run(t, theStage))
  for (const { output } of theStage.servers) t.notMatch(output(), /"level":(50|60)/, 'nothing failed')
})
