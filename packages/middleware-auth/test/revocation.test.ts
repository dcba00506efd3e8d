import { type IDatabaseAdapter, type IKvStore, sessionKey } from '@json-express/core'
import t from 'tap'
import { createSessionLookup, createUserLookup } from '../src/revocation.js'
import { user } from './protected-app.js'

type FindByIds = IDatabaseAdapter['findByIds']

function lookupOver(findByIds: FindByIds) {
  return createUserLookup({ findByIds } as IDatabaseAdapter)
}

t.test('what is asked within one turn goes out as one query, each id once', async (t) => {
  const queries: unknown[] = []
  const lookup = lookupOver(async (...args) => {
    queries.push(args)
    return ['ann', 'bob'].map((id) => user(id))
  })
  const asked = ['ann', 'bob', 'ann', 'nobody', 'bob']
  const states = await Promise.all(asked.map(lookup))
  t.strictSame(
    states.map((state) => state?.id),
    ['ann', 'bob', 'ann', undefined, 'bob'],
  )
  t.strictSame(queries, [['users', ['ann', 'bob', 'nobody'], ['id', 'role', 'tokenVersion', 'disabled']]])
})

t.test('nothing is kept: the next turn asks again', async (t) => {
  let tokenVersion = 0
  const lookup = lookupOver(async () => [user('ann', { tokenVersion: tokenVersion++ })])
  t.match(await lookup('ann'), { tokenVersion: 0 })
  t.match(await lookup('ann'), { tokenVersion: 1 })
})

t.test('asked while a query is under way, it waits for one that starts later', async (t) => {
  const answers: (() => void)[] = []
  let tokenVersion = 0
  const lookup = lookupOver(
    () => new Promise((resolve) => answers.push(() => resolve([user('ann', { tokenVersion: tokenVersion++ })]))),
  )
  const early = lookup('ann')
  await new Promise(setImmediate)
  const late = lookup('ann')
  await new Promise(setImmediate)
  t.equal(answers.length, 2)
  for (const answer of answers) answer()
  t.match(await early, { tokenVersion: 0 })
  t.match(await late, { tokenVersion: 1 })
})

t.test('a failing database is 503 for everybody who asked, and forgotten in the next turn', async (t) => {
  for (const fail of [
    () => Promise.reject(new Error('gone')),
    () => {
      throw new Error('gone')
    },
  ]) {
    let broken = true
    const lookup = lookupOver(() => (broken ? fail() : Promise.resolve([user('ann')])))
    const unavailable = { code: 'UNAVAILABLE', statusCode: 503, cause: { message: 'gone' } }
    await Promise.all(['ann', 'ann', 'bob'].map((id) => t.rejects(lookup(id), unavailable)))
    broken = false
    t.match(await lookup('ann'), { id: 'ann' })
  }
})

t.test('a session that cannot be read is 503 for its caller, and for nobody else of that turn', async (t) => {
  const asked: string[] = []
  const get = async (key: string) => {
    asked.push(key)
    if (key === sessionKey('broken')) throw new Error('half a record')
    return key === sessionKey('ended') ? null : { userId: 'ann' }
  }
  const lookup = createSessionLookup({ get } as unknown as IKvStore)
  const [good, broken, ended, again] = await Promise.allSettled(['s', 'broken', 'ended', 's'].map(lookup))
  t.match(good, { status: 'fulfilled', value: { userId: 'ann' } })
  t.match(again, good ?? {})
  t.match(ended, { status: 'fulfilled', value: undefined })
  t.match(broken, {
    status: 'rejected',
    reason: { code: 'UNAVAILABLE', statusCode: 503, cause: { message: 'half a record' } },
  })
  t.equal(asked.length, 3)
})
