import t from 'tap'
import { claims, forge, now } from './forge.js'
import { protectedApp, user } from './protected-app.js'

t.test('a token seen before still expires', async (t) => {
  const { app, get } = await protectedApp()
  t.teardown(() => app.close())
  const token = `Bearer ${forge()}`
  t.match(await get(token), { status: 200 })
  const real = Date.now
  const ahead = (seconds: number) => t.intercept(Date, 'now', { value: () => real() + seconds * 1000 })

  let clock = ahead(903)
  t.match(await get(token), { status: 200 }, 'within the tolerance')
  clock.restore()
  clock = ahead(907)
  t.match(await get(token), { status: 401, code: 'TOKEN_EXPIRED' })
  t.match(await get(token), { status: 401, code: 'TOKEN_EXPIRED' })
  clock.restore()
})

t.test('a hundred uses are a hundred successes', async (t) => {
  const { app, get } = await protectedApp()
  t.teardown(() => app.close())
  const token = `Bearer ${forge()}`
  const answers = await Promise.all(Array.from({ length: 100 }, () => get(token)))
  t.ok(answers.every(({ status }) => status === 200))
})

t.test('a refused token stays refused', async (t) => {
  const { app, get } = await protectedApp()
  t.teardown(() => app.close())
  const token = `Bearer ${forge({ key: 'guess' })}`
  for (let i = 0; i < 3; i++) t.match(await get(token), { status: 401, code: 'INVALID_TOKEN' })
})

t.test('two users, five hundred requests at once: nobody is taken for the other', async (t) => {
  const { app, get } = await protectedApp()
  t.teardown(() => app.close())
  const [ann, bob] = ['ann', 'bob'].map((sub) =>
    Array.from({ length: 5 }, (_, jti) => forge({ payload: claims({ sub, jti: `${jti}` }) })),
  )
  const asked = Array.from({ length: 500 }, (_, i) => (i % 3 === 0 || i % 7 === 0 ? 'bob' : 'ann'))
  const answers = await Promise.all(asked.map((name, i) => get(`Bearer ${(name === 'ann' ? ann : bob)?.[i % 5]}`)))
  t.strictSame(
    answers.map(({ body }) => (body.user as { id: string } | undefined)?.id),
    asked,
  )
})

t.test('many users at once, alike in all but the end of the subject', async (t) => {
  const { app, get, rows, signIn } = await protectedApp()
  t.teardown(() => app.close())
  const ids = Array.from({ length: 20 }, (_, index) => `user-${index}`)
  for (const id of ids) {
    rows.set(id, user(id))
    await signIn(id)
  }
  const tokens = ids.map((sub) => forge({ payload: claims({ sub, iat: now(), exp: now() + 900 }) }))
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(tokens.map((token) => get(`Bearer ${token}`)))
    t.strictSame(
      answers.map(({ body }) => (body.user as { id: string }).id),
      ids,
    )
  }
})

t.test('more tokens than are remembered all work', async (t) => {
  const { app } = await protectedApp()
  t.teardown(() => app.close())
  const request = (authorization: string) => ({ headers: { authorization }, raw: { rawHeaders: [] }, user: null })
  const first = `Bearer ${app.accessTokens.sign({ sub: 'ann', role: 'user', sid: 's-ann', tv: 0, jti: 'first' })}`
  const useFirst = async () => {
    const caller = request(first)
    await app.authenticate(caller as never)
    t.match(caller.user, { id: 'ann', claims: { jti: 'first' } })
  }
  await useFirst()
  const others = Array.from({ length: 10_001 }, (_, index) =>
    request(`Bearer ${app.accessTokens.sign({ sub: 'bob', role: 'admin', sid: 's-bob', tv: 0, jti: String(index) })}`),
  )
  await Promise.all(others.map((other) => app.authenticate(other as never)))
  t.ok(others.every(({ user }, index) => (user as { claims?: { jti?: string } } | null)?.claims?.jti === String(index)))
  await useFirst()
})
