import t from 'tap'
import { PASSWORD, quickApp, timeMachine } from '../harness/quick-app.js'

const MINUTE = 60_000

t.test('auth.allowRegistration=false closes registration', async (t) => {
  const { register } = await quickApp(t, { JEX__AUTH__ALLOW_REGISTRATION: 'false' })
  t.match(await register('ann@example.com'), { status: 403, body: { error: { code: 'REGISTRATION_DISABLED' } } })
})

t.test('auth.defaultRole is the role of who registers', async (t) => {
  const { register } = await quickApp(t, { JEX__AUTH__DEFAULT_ROLE: 'reader' })
  t.match((await register('ann@example.com')).body.user, { role: 'reader' })
})

t.test('auth.requireVerifiedEmail: no tokens before the link has been followed', async (t) => {
  const { register, login, post, mailTo } = await quickApp(t, { JEX__AUTH__REQUIRE_VERIFIED_EMAIL: 'true' })
  t.match(await register('ann@example.com'), { status: 202, body: {} })
  t.match(await login('ann@example.com'), { status: 403, body: { error: { code: 'EMAIL_NOT_VERIFIED' } } })
  await post('/auth/verify', { token: (await mailTo('ann@example.com')).token })
  t.equal((await login('ann@example.com')).status, 200)
})

t.test('auth.password.*: what a password has to be', async (t) => {
  for (const [env, password, status] of [
    [{ JEX__AUTH__PASSWORD__MIN_LENGTH: '15' }, 'fourteen chars', 400],
    [{ JEX__AUTH__PASSWORD__MIN_LENGTH: '15' }, 'fifteen charact', 201],
    [{ JEX__AUTH__PASSWORD__MAX_LENGTH: '64' }, 'x y '.repeat(16), 201],
    [{ JEX__AUTH__PASSWORD__MAX_LENGTH: '64' }, `${'x y '.repeat(16)}z`, 400],
    [{}, 'password123', 400],
    [{}, 'ann@example.com', 400],
    [{ JEX__AUTH__PASSWORD__BLOCKLIST: 'false' }, 'password123', 201],
    [{}, 'only letters here', 201],
    [{ JEX__AUTH__PASSWORD__REQUIRE_LETTER_AND_DIGIT: 'true' }, 'only letters here', 400],
    [{ JEX__AUTH__PASSWORD__REQUIRE_LETTER_AND_DIGIT: 'true' }, 'letters and 1 digit', 201],
  ] as const) {
    const { register } = await quickApp(t, env)
    t.equal((await register('ann@example.com', password)).status, status, `${JSON.stringify(env)} ${password}`)
  }
})

t.test('auth.hash.*: what a hash costs, and a login after a change makes it anew', async (t) => {
  const { dir, app, register } = await quickApp(t, { JEX__ADAPTER_SQLITE__FILE: '.jex/data.sqlite' })
  const { id } = (await register('ann@example.com')).body.user
  const hashOf = async (of: typeof app) => String((await of.db.findByIds('users', [id]))[0]?.passwordHash)
  t.match(await hashOf(app), '$argon2id$v=19$m=7168,t=1,p=1$')
  const costs = { MEMORY_KIB: '8192', ITERATIONS: '3', PARALLELISM: '2' }
  const env = Object.fromEntries(Object.entries(costs).map(([name, value]) => [`JEX__AUTH__HASH__${name}`, value]))
  const dearer = await quickApp(t, { JEX__ADAPTER_SQLITE__FILE: '.jex/data.sqlite', ...env }, { dir })
  const before = (await dearer.login('ann@example.com')).body
  t.match(await hashOf(dearer.app), '$argon2id$v=19$m=8192,t=3,p=2$')
  t.equal((await dearer.login('ann@example.com')).status, 200)
  t.equal((await dearer.me(before.accessToken)).status, 200, 'no session ends by it')
})

t.test('auth.hash.concurrency and maxQueue: beyond them 503', async (t) => {
  const env = { JEX__AUTH__HASH__CONCURRENCY: '1', JEX__AUTH__HASH__MAX_QUEUE: '1' }
  const { app, login } = await quickApp(t, env)
  await Promise.all(
    ['a', 'b', 'c', 'd'].map((name, i) =>
      i < 2 ? app.collections.get('users').create({ email: `${name}@example.com`, password: PASSWORD }) : undefined,
    ),
  )
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => login(`${i}@example.com`)))
  const statuses = answers.map(({ status }) => status).sort()
  t.strictSame(statuses, [401, 401, 503, 503, 503, 503, 503, 503])
  for (const { status, headers } of answers) if (status === 503) t.match(headers, { 'retry-after': /^\d+$/ })
})

t.test('auth.lockout.*: how often, within what time, for how long', async (t) => {
  const pass = timeMachine(t)
  const lockout = { MAX_FAILURES: '2', WINDOW: '10m', DURATION: '30m' }
  const env = Object.fromEntries(Object.entries(lockout).map(([name, value]) => [`JEX__AUTH__LOCKOUT__${name}`, value]))
  const { register, login } = await quickApp(t, env)
  await register('ann@example.com')
  const wrong = async () => (await login('ann@example.com', 'wrong')).status
  t.equal(await wrong(), 401)
  pass(10 * MINUTE)
  t.equal(await wrong(), 401, 'the first one counts no more')
  t.equal(await wrong(), 401)
  t.match(await login('ann@example.com'), { status: 423, headers: { 'retry-after': '1800' } })
  pass(29 * MINUTE)
  t.equal((await login('ann@example.com')).status, 423)
  pass(MINUTE)
  t.equal((await login('ann@example.com')).status, 200)
})

t.test('auth.email.* and publicUrl: who writes, in which words, and where links lead', async (t) => {
  const { register, mailTo } = await quickApp(t, {
    JEX__PUBLIC_URL: 'https://api.example.com/base/',
    JEX__AUTH__EMAIL__APP_NAME: 'Boat & Yard',
    JEX__AUTH__EMAIL__FROM: 'Yard <yard@example.com>',
    JEX__AUTH__EMAIL__LOCALE: 'de',
  })
  await register('ann@example.com')
  const mail = await mailTo('ann@example.com')
  t.match(mail, { from: 'Yard <yard@example.com>', subject: /Boat & Yard/, html: /lang="de"[\s\S]*Boat &amp; Yard/ })
  t.match(mail.text, 'https://api.example.com/base/auth/verify#token=')
  t.notMatch(mail.text, /Please|address/i, 'German')
})

t.test('auth.email.verifyUrl and resetUrl: pages of the app', async (t) => {
  const { register, post, mailTo } = await quickApp(t, {
    JEX__AUTH__EMAIL__VERIFY_URL: 'https://app.example.com/hello',
    JEX__AUTH__EMAIL__RESET_URL: 'https://app.example.com/again',
  })
  await register('ann@example.com')
  t.match((await mailTo('ann@example.com')).text, 'https://app.example.com/hello#token=')
  await post('/auth/password/forgot', { email: 'ann@example.com' })
  t.match((await mailTo('ann@example.com')).text, 'https://app.example.com/again#token=')
})

t.test('ratelimit.*: windows of routes', async (t) => {
  const { login } = await quickApp(t, { JEX__RATELIMIT__ENABLED: 'true', JEX__RATELIMIT__LOGIN__MAX: '3' })
  const answers = []
  for (let i = 0; i < 4; i++) answers.push(await login(`${i}@example.com`))
  t.strictSame(
    answers.map(({ status }) => status),
    [401, 401, 401, 429],
  )
  t.match(answers[0]?.headers, { 'ratelimit-limit': '3', 'ratelimit-remaining': '2' })
  t.match(answers[3], { body: { error: { code: 'RATE_LIMITED' } }, headers: { 'retry-after': /^\d+$/ } })
  const off = await quickApp(t, { JEX__RATELIMIT__ENABLED: 'false', JEX__RATELIMIT__LOGIN__MAX: '3' })
  for (let i = 0; i < 5; i++) t.equal((await off.login(`${i}@example.com`)).status, 401)
})

t.test('ratelimit.<name>.max: each window counts its routes and no others', async (t) => {
  const link = { token: 'x'.repeat(43) }
  const email = 'ann@example.com'
  const attempts: Record<string, [method: 'POST' | 'DELETE', path: string, body: object][]> = {
    login: [['POST', '/auth/login', { email: 'nobody@example.com', password: 'wrong' }]],
    register: [['POST', '/auth/register', { email, password: PASSWORD }]],
    refresh: [
      ['POST', '/auth/refresh', { refreshToken: 'x' }],
      ['POST', '/auth/logout', { refreshToken: 'x' }],
    ],
    forgot: [['POST', '/auth/password/forgot', { email }]],
    resend: [['POST', '/auth/verify/resend', { email }]],
    confirm: [
      ['POST', '/auth/verify', link],
      ['POST', '/auth/password/reset', { ...link, newPassword: PASSWORD }],
    ],
    password: [
      ['POST', '/auth/password/change', { currentPassword: 'wrong', newPassword: PASSWORD }],
      ['POST', '/auth/email/change', { newEmail: 'ben@example.com', password: 'wrong' }],
      ['DELETE', '/auth/me', { password: 'wrong' }],
    ],
  }
  for (const name of Object.keys(attempts)) {
    const env = { JEX__RATELIMIT__ENABLED: 'true', [`JEX__RATELIMIT__${name.toUpperCase()}__MAX`]: '1' }
    const { call, register } = await quickApp(t, env)
    const token = String((await register('me@example.com')).body.accessToken) // the one that register allows
    for (const [window, routes] of Object.entries(attempts)) {
      for (const [index, [method, path, body]] of routes.entries()) {
        const limited = window === name && (index > 0 || name === 'register')
        const send = async () => (await call(method, path, body, token)).status
        t.equal((await send()) === 429, limited, `${path} in ${name}, the first time`)
        t.equal((await send()) === 429, window === name, `${path} in ${name}, the second time`)
      }
    }
  }
})
