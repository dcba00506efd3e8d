import t from 'tap'
import { PASSWORD } from './people.js'
import { outcome } from './races.js'
import { stage } from './stage.js'

const STORM = 300
const QUEUE = 30

const { call, member, access, servers } = await stage(t, {
  servers: 1,
  env: { JEX__AUTH__HASH__MAX_QUEUE: String(QUEUE) },
})
const { id, email } = await member('ann@example.com')

const GUESSES = ['401 INVALID_CREDENTIALS', '423 ACCOUNT_LOCKED']
for (const [who, credentials, answered] of [
  ['the right password', { email, password: PASSWORD }, ['200']],
  ['a wrong password', { email: 'admin@local', password: 'not my password' }, GUESSES],
  ['nobody we know', { email: 'nobody@example.com', password: PASSWORD }, GUESSES],
] as const) {
  t.test(`${STORM} sign-ins at once with ${who}: each is answered or told to come back`, async (t) => {
    const token = await access(id)
    let over = false
    const storm = Promise.all(Array.from({ length: STORM }, () => call('POST', '/auth/login', credentials)))
    const finished = storm.finally(() => {
      over = true
    })
    const meanwhile: string[] = []
    while (!over) meanwhile.push(outcome(await call('GET', '/auth/me', undefined, token)))
    const answers = await finished
    const outcomes = answers.map(outcome)
    const strange = outcomes.filter((one) => ![...answered, '503 UNAVAILABLE'].includes(one))
    t.strictSame(strange, [])
    const [first] = answered
    const got = outcomes.filter((one) => one === first).length
    if (first === '200') t.ok(got > QUEUE, 'all who waited got their answer')
    else t.equal(got, 5, 'five guesses, however many at once')
    for (const { status, headers } of answers) {
      if (status === 503 && !/^[1-9]\d*$/.test(headers.get('retry-after') ?? '')) t.fail('503 without Retry-After')
    }
    t.strictSame([...new Set(meanwhile)], ['200'], `${meanwhile.length} requests of a signed-in user meanwhile`)
    t.equal(outcome(await call('POST', '/auth/login', { email, password: PASSWORD })), '200', 'and it goes on after')
  })
}

t.test('none of it was a failure', async (t) => {
  for (const { output } of servers) t.notMatch(output(), /"level":(50|60)/)
})
