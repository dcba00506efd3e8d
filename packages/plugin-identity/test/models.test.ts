import { authSettingsSchema, errors, type Rule } from '@json-express/core'
import { createPlainSettings, manifestRules } from '@json-express/testing'
import t from 'tap'
import packageJson from '../package.json' with { type: 'json' }
import { models } from '../src/index.js'

for (const rule of manifestRules) t.test(rule.name, () => rule.run(packageJson))

const [users, mails] = models(createPlainSettings({ schemas: { auth: authSettingsSchema } }))

t.test('what nobody may touch, nobody may touch', async (t) => {
  for (const name of ['passwordHash', 'tokenVersion', 'password']) {
    t.strictSame(users?.fields[name]?.access, { read: false, create: false, update: false }, name)
  }
  const rules: [field: string, create: Rule, update: Rule][] = [
    ['email', 'admin', false],
    ['role', 'admin', 'admin'],
    ['disabled', 'admin', 'admin'],
    ['emailVerified', false, false],
  ]
  for (const [name, create, update] of rules) t.strictSame(users?.fields[name]?.access, { create, update }, name)
  t.strictSame(users?.access, {
    read: ['owner', 'admin'],
    create: 'admin',
    update: ['owner', 'admin'],
    delete: 'admin',
    ownerField: 'id',
  })
  t.strictSame(users?.extension, { fieldAccess: { create: 'admin', update: 'admin' } })
  t.strictSame(mails?.access, { read: false, create: false, update: false, delete: false })
})

t.test('roles are names, and never a word that rules use for people without one', async (t) => {
  const pattern = users?.fields.role?.pattern as RegExp
  for (const role of ['user', 'admin', 'shop-admin', 'publican', 'owners', 'a']) t.ok(pattern.test(role), role)
  for (const role of ['public', 'owner', '', 'Admin', '1a', 'a b', 'admin\n', '-a']) t.notOk(pattern.test(role), role)
})

t.test('a taken address has a code of its own, a taken field of the app has the usual one', async (t) => {
  t.match(users?.uniqueError?.(['email']), { code: 'DUPLICATE_EMAIL', statusCode: 409 })
  t.match(users?.uniqueError?.(['handle']), {
    code: new errors.UniqueViolation().code,
    statusCode: 409,
    message: /handle/,
  })
})

t.test('before a record is stored', async (t) => {
  const before = users?.hooks?.beforeCreate as (data: Record<string, unknown>, context: unknown) => Promise<unknown>
  const stored = (await before({ email: ' Ann@Example.COM', password: 'correct horse' }, {})) as Record<string, unknown>
  t.strictSame(Object.keys(stored).sort(), ['email', 'passwordHash'])
  t.equal(stored.email, 'ann@example.com')
  t.match(stored.passwordHash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  for (const passwordHash of ['correct horse', '$2b$10$abc', '', 1, { toString: () => stored.passwordHash }]) {
    await t.rejects(before({ email: 'ann@example.com', passwordHash }, {}), {
      message: /not a hash that is verified here/,
    })
  }
  await t.rejects(before({ email: 'not one' }, {}), { code: 'INVALID_EMAIL' })
})
