import { setImmediate as nextTurn } from 'node:timers/promises'
import { createApp } from '@json-express/runtime'
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'

/**
 * One user, everything at once, in orders that a seeded scheduler decides: it holds every call to the key-value store and
 * to the database and lets them go one by one. A failing order is printed with its seed and shrunk.
 */
const RUNS = 1000
/** Turns of the event loop within which a request gets from one call of a store to the next. */
const TURNS = 6
const PASSWORD = 'correct horse battery'
const OTHER = 'another good password'

const STORE = ['get', 'set', 'delete', 'compareAndSet'] as const
const DATABASE = ['find', 'findByIds', 'update'] as const
const REVOCATIONS = ['change', 'reset', 'disable', 'logout-all', 'delete', 'revoke', 'logout'] as const
const OTHERS = ['login', 'refresh', 'refresh again', 'me'] as const

type Pair = { accessToken: string; refreshToken: string }
type Operation = (typeof REVOCATIONS)[number] | (typeof OTHERS)[number]

const app = await boot()
const post = (url: string, payload: object, token?: string) => call('POST', url, payload, token)
const admin = await signIn('admin@example.com')

t.test('after a revocation has answered, nothing older works', { timeout: 280_000 }, async (t) => {
  const seen = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.constantFrom(...REVOCATIONS),
      fc.array(fc.constantFrom(...OTHERS, ...REVOCATIONS), { minLength: 1, maxLength: 5 }),
      fc.nat(),
      async (scheduler, revocation, others, place) => {
        const world = await prepare()
        const operations: Operation[] = [...others]
        operations.splice(place % (others.length + 1), 0, revocation)
        const problems: string[] = []
        const restore = hold(scheduler)
        try {
          await inTurn(scheduler, Promise.all(operations.map((operation) => perform(operation, world, problems))))
        } finally {
          restore()
          await scheduler.waitIdle() // mails that are being sent meanwhile go on
        }
        problems.push(...(await leftovers(world)))
        for (const answer of world.answers) seen.set(answer, (seen.get(answer) ?? 0) + 1)
        if (problems.length > 0) throw new Error(`${operations.join(', ')}: ${problems.join('; ')}`)
      },
    ),
    { numRuns: RUNS, endOnFailure: true },
  )
  // a test in which everything is refused, or nothing is, would have shown nothing
  for (const needed of ['login 200', 'me 401', 'refresh 200', 'refresh 401', 'change 200', 'reset 200', 'reset 400']) {
    t.ok(seen.has(needed), `${needed}: ${[...seen].map((one) => one.join(' x ')).join(', ')}`)
  }
})

interface World {
  id: string
  email: string
  /** From before everything. */
  old: Pair
  reset: string
  /** What operations handed out, for which password (`null`: by refreshing), and whether a later revocation ended it. */
  issued: { pair: Pair; password: string | null; over: boolean }[]
  done: Set<Operation>
  answers: string[]
}

async function prepare(): Promise<World> {
  const email = `${crypto.randomUUID()}@example.com`
  const { id } = await app.collections.get('users').create({ email, password: PASSWORD, emailVerified: true })
  const old = await signIn(email)
  const reset = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')
  await storeLink(reset, String(id), email)
  return { id: String(id), email, old, reset, issued: [], done: new Set(), answers: [] }
}

/** Runs one operation; a revocation looks at the old tokens the moment it has answered. */
async function perform(operation: Operation, world: World, problems: string[]): Promise<void> {
  const { id, email, old, reset } = world
  const earlier = [...world.issued]
  const answer = await {
    login: () => post('/auth/login', { email, password: PASSWORD }),
    refresh: () => post('/auth/refresh', { refreshToken: old.refreshToken }),
    'refresh again': () => post('/auth/refresh', { refreshToken: old.refreshToken }),
    me: () => call('GET', '/auth/me', undefined, old.accessToken),
    change: () => post('/auth/password/change', { currentPassword: PASSWORD, newPassword: OTHER }, old.accessToken),
    reset: () => post('/auth/password/reset', { token: reset, newPassword: OTHER }),
    disable: () => call('PATCH', `/users/${id}`, { disabled: true }, admin.accessToken),
    'logout-all': () => post('/auth/logout-all', {}, old.accessToken),
    delete: () => call('DELETE', `/users/${id}`, undefined, admin.accessToken),
    revoke: () => post(`/users/${id}/revoke`, {}, admin.accessToken),
    logout: () => post('/auth/logout', { refreshToken: old.refreshToken }),
  }[operation]()
  world.answers.push(`${operation} ${answer.status}`)
  if (![200, 400, 401, 404, 423].includes(answer.status)) problems.push(`${operation} answered ${answer.text}`)
  if (answer.status !== 200) return
  if (operation === 'login') world.issued.push({ pair: answer.body, password: PASSWORD, over: false })
  if (operation.startsWith('refresh')) world.issued.push({ pair: answer.body, password: null, over: false })
  if (operation === 'change') world.issued.push({ pair: answer.body, password: OTHER, over: false })
  if (!(REVOCATIONS as readonly string[]).includes(operation)) return
  world.done.add(operation)
  // logging out ends one session; everything else ends whatever was handed out before it was asked for
  for (const one of earlier) one.over ||= operation !== 'logout' || one.password === null
  for (const [what, { status }] of Object.entries(await use(old))) {
    if (status !== 401) problems.push(`the old ${what} token was ${status} after ${operation}`)
  }
}

/** What works in the end and must not. */
async function leftovers({ id, email, old, issued, done, answers }: World): Promise<string[]> {
  const problems: string[] = []
  // looked at first: using a dead token would remove the record it belongs to
  if (done.has('delete') && (await app.kv.get(`identity:sessions:${id}`)) !== null) problems.push('sessions of nobody')
  const gone = done.has('disable') || done.has('delete')
  const replaced = done.has('change') || done.has('reset')
  for (const { pair, password, over } of [{ pair: old, password: null, over: false }, ...issued]) {
    // a refresh goes on with the old session; a login before the change knew the old password only
    const dead = over || (done.size > 0 && (gone || password === null || (replaced && password === PASSWORD)))
    if (!dead) continue
    for (const [what, { status }] of Object.entries(await use(pair))) {
      if (status !== 401) problems.push(`an older ${what} token is ${status} in the end`)
    }
  }
  const resets = answers.filter((answer) => answer === 'reset 200').length
  if (resets > 1) problems.push(`${resets} resets with one token`)
  if (gone || replaced) {
    const { status } = await post('/auth/login', { email, password: PASSWORD })
    if (status !== 401 && status !== 423) problems.push(`the old password is ${status} in the end`)
  }
  return problems
}

async function use({ accessToken, refreshToken }: Pair) {
  const access = await call('GET', '/auth/me', undefined, accessToken)
  return { access, refresh: await post('/auth/refresh', { refreshToken }) }
}

/** Lets one held call go at a time, each only when every operation has come as far as it can. */
async function inTurn(scheduler: fc.Scheduler, operations: Promise<unknown>): Promise<void> {
  let over = false
  const end = operations.finally(() => {
    over = true
  })
  while (!over) {
    for (let turn = 0; turn < TURNS; turn++) await nextTurn()
    if (scheduler.count() > 0) await scheduler.waitNext(1)
  }
  await end
}

/** Puts every call to the stores into the scheduler's hands until it is restored. */
function hold(scheduler: fc.Scheduler): () => void {
  const undo = [
    ...STORE.map((name) => wrap(app.kv, name, scheduler)),
    ...DATABASE.map((name) => wrap(app.db, name, scheduler)),
  ]
  return () => {
    for (const restore of undo) restore()
  }
}

function wrap<T extends object, K extends keyof T & string>(target: T, name: K, scheduler: fc.Scheduler): () => void {
  const real = target[name]
  const call = (real as (...args: unknown[]) => Promise<unknown>).bind(target)
  target[name] = scheduler.scheduleFunction(call) as T[K]
  return () => {
    target[name] = real
  }
}

async function boot(): Promise<FastifyInstance> {
  const dependencies = Object.fromEntries(
    ['adapter-memory', 'kv-memory', 'email-console', 'middleware-auth', 'middleware-ratelimit', 'plugin-identity'].map(
      (name) => [`@json-express/${name}`, '*'],
    ),
  )
  const dir = appFolder(t, { dependencies })
  const booted = await createApp({
    dir,
    env: {
      JEX__LOG__LEVEL: 'error',
      JEX__RATELIMIT__ENABLED: 'false',
      JEX__AUTH__HASH__MEMORY_KIB: '7168',
      JEX__AUTH__HASH__ITERATIONS: '1',
    },
  })
  t.teardown(() => booted.close())
  const email = 'admin@example.com'
  await booted.collections.get('users').create({ email, password: PASSWORD, role: 'admin', emailVerified: true })
  return booted
}

async function signIn(email: string): Promise<Pair> {
  const { status, body, text } = await post('/auth/login', { email, password: PASSWORD })
  if (status !== 200) throw new Error(text)
  return body
}

async function call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object, token?: string) {
  const answer = await app.inject({
    ...{ method, url },
    ...(payload && { payload }),
    ...(token && { headers: { authorization: `Bearer ${token}` } }),
  })
  const body = answer.headers['content-type']?.toString().includes('json') ? answer.json() : undefined
  return { status: answer.statusCode, text: answer.body, body }
}

/** What the mail worker stores when it sends a link. */
async function storeLink(token: string, userId: string, address: string): Promise<void> {
  const hash = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(token))).toString('base64url')
  const link = { purpose: 'password', userId, tokenVersion: 0, address, intentId: '0' }
  await app.kv.set(`identity:link:${hash}`, link, { ttlMs: 3_600_000 })
}
