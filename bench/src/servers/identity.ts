import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sessionKey } from '@json-express/core'
import { createApp } from '@json-express/runtime'
import argon2 from 'argon2'
import { serve } from '../server-process.js'

const PASSWORD = 'correct horse battery'
const BATCH = 10_000
const TOKENS = 1000
const ODD = 200
const ODD_FROM = 100_000_000
const NOW = new Date().toISOString()

/**
 * The whole stack of preset-identity on SQLite, with as many users as asked for and the settings given as JSON. Kept
 * between runs: users take a while.
 */
const users = Number(process.argv[2])
const settings = JSON.parse(process.argv[3] ?? '{}') as Record<string, string>
const dir = fileURLToPath(new URL(`../../.apps/${users}`, import.meta.url))
mkdirSync(join(dir, 'models'), { recursive: true })
writeFileSync(
  join(dir, 'package.json'),
  JSON.stringify({ name: 'bench', dependencies: { '@json-express/preset-identity': '*' } }),
)
writeFileSync(
  join(dir, 'models', 'noop.ts'),
  `import { defineRoutes } from '@json-express/core'
export default defineRoutes({ endpoints: { 'GET /': { access: 'user', handler: async () => ({ ok: true }) } } })`,
)

const app = await createApp({ dir, env: { JEX__LOG__LEVEL: 'error', JEX__RATELIMIT__ENABLED: 'false', ...settings } })
await fill()
const sample = Array.from({ length: TOKENS }, (_, i) => idOf(Math.floor((i * users) / TOKENS)))
const url = await app.listen({ port: 0, host: '127.0.0.1' })
for (const id of sample) await app.kv.set(sessionKey(id), { userId: id })
const odd = await oddUsers()
serve({
  url,
  ...odd,
  password: PASSWORD,
  emails: sample.map((id) => `${id}@example.com`),
  tokens: sample.map((id, i) => app.accessTokens.sign({ sub: id, role: 'user', sid: id, tv: 0, jti: `bench-${i}` })),
})

async function fill(): Promise<void> {
  const passwordHash = await argon2.hash(PASSWORD, {
    type: argon2.argon2id,
    memoryCost: 19_456,
    timeCost: 2,
    parallelism: 1,
  })
  for (let at = await ordinary(); at < users; at += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, users - at) }, (_, i) => {
      const id = idOf(at + i)
      const email = `${id}@example.com`
      return {
        ...{ id, email, role: 'user', emailVerified: true, disabled: false, passwordHash, tokenVersion: 0 },
        ...{ createdAt: NOW, updatedAt: NOW },
      }
    })
    await app.db.insertMany('users', rows)
  }
}

/** How many there are, without the admin and the odd ones. */
async function ordinary(): Promise<number> {
  const where = [
    { field: 'id', op: 'gte', value: idOf(0) },
    { field: 'id', op: 'lt', value: idOf(ODD_FROM) },
  ] as const
  return app.db.count('users', { where })
}

/** Accounts that nobody can sign in to, though they are there: addresses of disabled ones and of those without a password. */
async function oddUsers(): Promise<{ disabled: string[]; passwordless: string[] }> {
  const names = Array.from({ length: ODD }, (_, i) => i)
  const disabled = names.map((i) => `disabled-${i}@example.com`)
  const passwordless = names.map((i) => `passwordless-${i}@example.com`)
  const users = app.collections.get('users')
  if ((await users.findOne({ email: disabled[0] ?? '' })) === null) {
    const passwordHash = (await users.get(idOf(0)))?.passwordHash ?? null
    const common = { emailVerified: true, role: 'user', tokenVersion: 0, createdAt: NOW, updatedAt: NOW }
    const row = (email: string, index: number, rest: object) => ({ ...common, email, id: idOf(index), ...rest })
    await app.db.insertMany('users', [
      ...disabled.map((email, i) => row(email, ODD_FROM + i, { disabled: true, passwordHash })),
      ...passwordless.map((email, i) => row(email, ODD_FROM + ODD + i, { disabled: false, passwordHash: null })),
    ])
  }
  return { disabled, passwordless }
}

/** A UUIDv7-shaped id that says which user it is. */
function idOf(index: number): string {
  return `01900000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`
}
