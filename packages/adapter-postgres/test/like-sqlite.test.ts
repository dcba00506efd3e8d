import type { IDatabaseAdapter, IDatabaseSession } from '@json-express/core'
import t from 'tap'
import { startPostgres } from '../../../test/harness/servers/postgres-server.js'
import { createSqliteAdapter } from '../../adapter-sqlite/dist/index.js'
import { createPostgresAdapter } from '../src/index.js'
import { createOperations, type Operation } from './fixtures/operations.js'
import { schemas } from './fixtures/people-schemas.js'
import { createRandom } from './fixtures/random.js'

const SEEDS = [1, 2, 3, 4, 5]
const OPERATIONS = 600

/** What a caller can see of a call: the answer to its last character, or which error it was and what it names. */
async function outcome(call: () => Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await call()) ?? 'undefined'
  } catch (error) {
    const { name, collection, fields, by } = error as Error & Record<string, unknown>
    return `${name} ${JSON.stringify({ collection, fields, by })}`
  }
}

/** A few calls in one transaction, which is undone in the end or not. */
async function inTransaction(db: IDatabaseAdapter, calls: readonly Operation[], undone: boolean): Promise<string[]> {
  const outcomes: string[] = []
  const end = await outcome(() =>
    db.transaction(async (session: IDatabaseSession) => {
      outcomes.length = 0
      for (const { run } of calls) outcomes.push(await outcome(() => run(session)))
      if (undone) throw new Error('undo')
    }),
  )
  return [...outcomes, end]
}

/** Which kind of answer both have given. Of several violations in one call, either may be named. */
function sameKind(one: string, other: string | undefined): string {
  const [kind = 'answer', otherKind = 'answer'] = [one, other ?? ''].map((text) => /^\w*Error/.exec(text)?.[0])
  if (one === other) return kind
  return [kind, otherKind].every((name) => name.endsWith('ViolationError')) ? 'another violation' : 'different'
}

t.test('whatever is called, the answers are those of adapter-sqlite', async (t) => {
  const server = await startPostgres(t)
  for (const seed of SEEDS) {
    t.test(`seed ${seed}`, async (t) => {
      const sqlite = createSqliteAdapter({ file: ':memory:' })
      const postgres = await createPostgresAdapter({ url: await server.database() })
      const both = [sqlite, postgres] as const
      t.teardown(() => Promise.all(both.map((db) => db.close())))
      for (const db of both) await db.migrate(schemas)
      const random = createRandom(seed)
      const operation = createOperations(random)
      const seen = new Map<string, number>()

      for (let n = 0; n < OPERATIONS; n++) {
        const single = random.chance(0.9)
        const calls = single ? [operation()] : Array.from({ length: 2 + random.below(4) }, operation)
        const undone = random.chance(0.3)
        const answers = async (db: IDatabaseAdapter) =>
          single ? [await outcome(() => (calls[0] as Operation).run(db))] : inTransaction(db, calls, undone)
        const [expected, actual] = [await answers(sqlite), await answers(postgres)]
        t.equal(actual.length, expected.length)
        for (const [index, answer] of actual.entries()) {
          const kind = sameKind(answer, expected[index])
          seen.set(kind, (seen.get(kind) ?? 0) + 1)
          if (kind === 'different') t.equal(answer, expected[index], `${n}: ${calls[index]?.words}`)
        }
      }
      for (const { name } of schemas) {
        const all = await sqlite.find(name)
        t.strictSame(await postgres.find(name), all, name)
        t.ok(all.length > 3, `${name} has rows`)
      }
      for (const kind of ['answer', 'TypeError', 'UniqueViolationError', 'ReferenceViolationError']) {
        t.ok((seen.get(kind) ?? 0) > 5, `${kind} was among the answers, ${seen.get(kind)} times`)
      }
      t.ok((seen.get('another violation') ?? 0) < (seen.get('ReferenceViolationError') ?? 0) / 4)
    })
  }
})
