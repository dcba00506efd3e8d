import { authSettingsSchema } from '@json-express/core'
import t from 'tap'
import { createPlainSettings } from '../src/index.js'

const schemas = { auth: authSettingsSchema }

t.test('fills in the defaults, nested ones too', async (t) => {
  const settings = createPlainSettings({ schemas, settings: { auth: { password: { minLength: 12 } } } })
  t.match(settings.section('auth'), {
    tokenTtl: 900_000,
    password: { minLength: 12, maxLength: 256 },
    hash: { iterations: 2 },
  })
  t.equal(settings.get('auth.password.maxLength'), 256)
  t.strictSame(settings.get('auth.exclude'), [])
})

t.test('an unset setting is undefined, an unknown one throws', async (t) => {
  const settings = createPlainSettings({ schemas })
  t.equal(settings.get('auth.secret'), undefined)
  t.throws(() => settings.get('auth.secrets'), /auth\.secrets/)
  t.throws(() => settings.get('nothing'), /nothing/)
  t.strictSame(settings.section('nothing'), {})
})

t.test('refuses what does not fit the schema', async (t) => {
  for (const auth of [{ tokenTtl: '15m' }, { unknown: 1 }, { password: { minLength: 1 } }, 'text']) {
    t.throws(() => createPlainSettings({ schemas, settings: { auth } }), TypeError)
  }
})

t.test('is frozen, and takes a copy', async (t) => {
  const given = { auth: { exclude: ['/a'] } }
  const settings = createPlainSettings({ schemas, settings: given })
  given.auth.exclude.push('/b')
  const auth = settings.section<{ exclude: string[] }>('auth')
  t.strictSame(auth.exclude, ['/a'])
  t.throws(() => auth.exclude.push('/c'), TypeError)
  t.throws(() => Object.assign(auth, { exclude: [] }), TypeError)
})

t.test('the mode decides whether the production rules hold', async (t) => {
  for (const mode of ['test', 'development']) t.equal(createPlainSettings({ mode }).production, false, mode)
  for (const mode of ['production', 'staging', '']) t.equal(createPlainSettings({ mode }).production, true, mode)
  t.equal(createPlainSettings().mode, 'test')
})

t.test('lists every setting with its source', async (t) => {
  const settings = createPlainSettings({ schemas, settings: { auth: { secret: 'x' }, port: 4000 } })
  const entries = settings.entries()
  t.strictSame(
    entries.map(({ key }) => key),
    entries.map(({ key }) => key).sort(),
  )
  const find = (key: string) => entries.find((entry) => entry.key === key)
  t.strictSame(find('auth.secret'), {
    key: 'auth.secret',
    value: 'x',
    source: 'test',
    default: undefined,
    secret: true,
    duration: false,
  })
  t.match(find('auth.tokenTtl'), { value: 900_000, source: 'default', default: 900_000, secret: false, duration: true })
  t.match(find('port'), { value: 4000, source: 'test' })
})
