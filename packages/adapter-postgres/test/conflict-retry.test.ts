import { UnavailableError } from '@json-express/core'
import pg from 'pg'
import t from 'tap'
import { createConflictRetry } from '../src/conflict-retry.js'

const conflict = () => {
  const cause = Object.assign(new pg.DatabaseError('undone', 0, 'error'), { code: '40001' })
  return new UnavailableError('The database does not work', { cause })
}

/** Work that meets so many conflicts first, and then goes on when it is told to. */
function workAfter(conflicts: number) {
  let tries = 0
  let finish = () => {}
  let begin = () => {}
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const work = async () => {
    tries++
    if (tries <= conflicts) throw conflict()
    begin()
    await finished
    return tries
  }
  return { work, begun, finish: () => finish() }
}

t.test('others go on at once while one is tried again, unless it is undone again and again', async (t) => {
  for (const [conflicts, waits] of [
    [1, false],
    [2, false],
    [3, true],
  ] as const) {
    const retry = createConflictRetry(5000)
    const order: string[] = []
    const { work, begun, finish } = workAfter(conflicts)
    const again = retry.transaction(work).then((tries) => order.push(`again after ${tries} tries`))
    await begun
    const newcomer = retry.transaction(async () => void order.push('newcomer'))
    const statement = retry.statement(async () => void order.push('statement'))
    await statement
    t.strictSame(order.includes('newcomer'), !waits)
    finish()
    await Promise.all([again, newcomer])
    t.ok(order.includes(`again after ${conflicts + 1} tries`))
    await retry.transaction(async () => void order.push('later'))
    t.equal(order.at(-1), 'later')
  }
})

t.test('tries end, with the last conflict', async (t) => {
  let tries = 0
  const hopeless = createConflictRetry(5000).statement(async () => {
    tries++
    throw conflict()
  })
  await t.rejects(hopeless, { name: 'UnavailableError', cause: { code: '40001' } })
  t.equal(tries, 12)
})

t.test('the wait for a turn ends, and says what has kept it', async (t) => {
  const retry = createConflictRetry(20)
  const first = workAfter(1)
  const second = workAfter(1)
  const running = retry.statement(first.work)
  await first.begun
  await t.rejects(retry.statement(second.work), { name: 'UnavailableError', cause: { cause: { code: '40001' } } })
  first.finish()
  t.equal(await running, 2)
})

t.test('what is no conflict is thrown as it is, and not tried again', async (t) => {
  const retry = createConflictRetry(5000)
  for (const wrong of [new TypeError('no'), 'text', undefined, new UnavailableError('gone')]) {
    let tries = 0
    const work = async () => {
      tries++
      throw wrong
    }
    const thrown = await retry.transaction(work).then(
      () => 'nothing',
      (error: unknown) => error,
    )
    t.equal(thrown, wrong)
    t.equal(tries, 1)
  }
})
