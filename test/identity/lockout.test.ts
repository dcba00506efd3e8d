import t from 'tap'
import { house, PASSWORD } from './house.js'

const MINUTES = { JEX__AUTH__LOCKOUT__WINDOW: '10m', JEX__AUTH__LOCKOUT__DURATION: '7m' }
const { server, post, register, mailed, events } = await house(t, { JEX__TRUST_PROXY: '127.0.0.1', ...MINUTES })

/** A login as it arrives from this address, by way of the proxy in front. */
async function loginFrom(address: string, email: string, password = PASSWORD) {
  const response = await fetch(`${server.url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify({ email, password }),
  })
  const body = (await response.json()) as { error?: { code: string } }
  return { outcome: `${response.status} ${body.error?.code ?? ''}`.trim(), headers: response.headers }
}

const outcomeOf = async (...login: Parameters<typeof loginFrom>) => (await loginFrom(...login)).outcome
const several = async (count: number, attempt: (i: number) => Promise<string>) =>
  Promise.all(Array.from({ length: count }, (_, i) => attempt(i)))

t.test('five wrong passwords, then even the right one has to wait, and is told how long', async (t) => {
  const { id } = await register('ann@example.com')
  for (let i = 0; i < 5; i++)
    t.equal(await outcomeOf('198.51.100.1', 'ann@example.com', 'wrong'), '401 INVALID_CREDENTIALS')
  for (const password of ['wrong', PASSWORD]) {
    const locked = await loginFrom('198.51.100.1', 'ann@example.com', password)
    t.equal(locked.outcome, '423 ACCOUNT_LOCKED')
    const seconds = Number(locked.headers.get('retry-after'))
    t.ok(seconds > 400 && seconds <= 420, `Retry-After: ${seconds}`)
  }
  t.match(events('login.locked'), [{ userId: id, client: '198.51.100.1', level: 40 }])
  t.equal(await outcomeOf('198.51.100.2', 'ann@example.com'), '200', 'other networks are not concerned')
})

t.test('an unknown address is locked in just the same way', async (t) => {
  for (let i = 0; i < 5; i++) {
    t.equal(await outcomeOf('198.51.100.3', 'Nobody@example.com ', 'wrong'), '401 INVALID_CREDENTIALS')
  }
  t.equal(await outcomeOf('198.51.100.3', 'nobody@example.com', 'wrong'), '423 ACCOUNT_LOCKED')
})

t.test('fifty guesses at once are five guesses', async (t) => {
  await register('many@example.com')
  const guesses = await several(50, () => outcomeOf('198.51.100.4', 'many@example.com', 'wrong'))
  t.equal(guesses.filter((one) => one === '401 INVALID_CREDENTIALS').length, 5)
  t.equal(guesses.filter((one) => one === '423 ACCOUNT_LOCKED').length, 45)
})

t.test('fifty sign-ins at once with the right password are all let in', async (t) => {
  await register('busy@example.com')
  const logins = await several(50, () => outcomeOf('198.51.100.5', 'busy@example.com'))
  t.strictSame([...new Set(logins)], ['200'])
})

t.test('a good sign-in wipes the slate', async (t) => {
  await register('typo@example.com')
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 4; i++)
      t.equal(await outcomeOf('198.51.100.6', 'typo@example.com', 'wrong'), '401 INVALID_CREDENTIALS')
    t.equal(await outcomeOf('198.51.100.6', 'typo@example.com'), '200')
  }
})

t.test('all addresses of one IPv6 network are one client', async (t) => {
  await register('six@example.com')
  const guesses: string[] = []
  for (let i = 1; i <= 6; i++) guesses.push(await outcomeOf(`2001:db8:1:2:${i}::${i}`, 'six@example.com', 'wrong'))
  t.equal(guesses.at(-1), '423 ACCOUNT_LOCKED')
  t.equal(await outcomeOf('2001:0db8:0001:0002::1', 'six@example.com'), '423 ACCOUNT_LOCKED', 'spelt another way')
  t.equal(await outcomeOf('2001:db8:1:3::1', 'six@example.com'), '200', 'the network next to it')
  t.equal(await outcomeOf('::ffff:198.51.100.1', 'ann@example.com'), '423 ACCOUNT_LOCKED', 'IPv4 in disguise is IPv4')
})

t.test('an account under attack from a thousand addresses', async (t) => {
  await register('victim@example.com')
  const home = '203.0.113.7'
  t.equal(await outcomeOf(home, 'victim@example.com'), '200', 'known here since before')
  const answers = new Map<string, number>()
  for (let wave = 0; wave < 10; wave++) {
    const guesses = several(100, (i) => outcomeOf(`10.${wave}.${i}.1`, 'victim@example.com', `guess ${wave} ${i}`))
    t.equal(await outcomeOf(home, 'victim@example.com'), '200', `at home, wave ${wave}`)
    for (const guess of await guesses) answers.set(guess, (answers.get(guess) ?? 0) + 1)
  }
  t.equal(answers.get('401 INVALID_CREDENTIALS'), 100, 'a hundred guesses an hour, from wherever')
  t.strictSame([...answers.keys()].sort(), ['401 INVALID_CREDENTIALS', '429 RATE_LIMITED'])
  const away = await loginFrom('192.0.2.1', 'victim@example.com')
  t.equal(away.outcome, '429 RATE_LIMITED')
  t.ok(Number(away.headers.get('retry-after')) > 0)

  t.test('its owner can always reset, and sign in from where he did', async (t) => {
    for (let i = 0; i < 5; i++) await post('/auth/password/forgot', { email: 'victim@example.com' }) // not only by him
    await mailed('victim@example.com') // the one that came with registration
    const token = await mailed('victim@example.com')
    const response = await fetch(`${server.url}/auth/password/reset`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': '192.0.2.1' },
      body: JSON.stringify({ token, newPassword: 'quite another password' }),
    })
    t.equal(response.status, 200)
    t.equal(await outcomeOf('192.0.2.1', 'victim@example.com', 'quite another password'), '200')
    t.equal(await outcomeOf(home, 'victim@example.com', 'quite another password'), '200')
  })
})
