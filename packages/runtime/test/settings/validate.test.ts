import { authSettingsSchema, setting } from '@json-express/core'
import t from 'tap'
import Type from 'typebox'
import { runtimeSettingsSchema } from '../../src/settings/runtime-schema.js'
import { readSources } from '../../src/settings/sources.js'
import { buildSettings, type Section } from '../../src/settings/validate.js'

const server: Section = { name: '', schema: runtimeSettingsSchema, active: true, owner: '@json-express/runtime' }
const store = (owner: string, active: boolean, schema: Section['schema']): Section => ({
  ...{ name: 'kv-store', owner, active, schema },
})
const build = (t: Pick<typeof import('tap').t, 'testdir'>, env: Record<string, string>, sections: Section[] = []) =>
  buildSettings(readSources(t.testdir({}), env), [server, ...sections])

t.test('of two packages with one section the chosen one has the say, in whatever order they come', async (t) => {
  const chosen = store('chosen', true, Type.Object({ url: Type.String() }))
  const idle = store('idle', false, Type.Object({ url: setting.duration(), prefix: Type.String() }))
  for (const sections of [
    [chosen, idle],
    [idle, chosen],
  ]) {
    const settings = build(t, { JEX__KV_STORE__URL: 'redis://here', JEX__KV_STORE__PREFIX: 'x' }, sections)
    t.equal(settings.get('kv-store.url'), 'redis://here')
    t.equal(settings.get('kv-store.prefix'), undefined, 'known and ignored')
  }
})

t.test('settings of an idle package whose keys nobody could read are ignored, of others not', async (t) => {
  const broken = store('broken', false, {})
  t.doesNotThrow(() => build(t, { JEX__KV_STORE__ANYTHING__AT_ALL: 'x' }, [broken]))
  t.throws(() => build(t, { JEX__KV_STORES__URL: 'x' }, [broken]), { message: /is not a known setting/ })
  t.throws(() => build(t, { JEX__KV_STORE__ANYTHING: 'x' }, [{ ...broken, active: true }]), {
    message: /is not a known setting/,
  })
})

t.test('mode is a setting like any other', async (t) => {
  const mode = (env: Record<string, string>) =>
    build(t, env)
      .entries()
      .find(({ key }) => key === 'mode')
  t.match(mode({}), { value: 'development', source: 'default' })
  t.match(mode({ NODE_ENV: 'test' }), { value: 'test', source: 'environment (NODE_ENV)' })
  t.match(mode({ NODE_ENV: 'test', JEX__MODE: 'staging' }), { value: 'staging', source: 'environment' })
  t.throws(() => build(t, { JEX__MODE: '' }), { message: /jex\.mode: ""/ })
})

t.test('proxies are addresses or ranges', async (t) => {
  const good = '127.0.0.1,10.0.0.0/8,::1,fd00::/8,loopback'
  t.same(build(t, { JEX__TRUST_PROXY: good }).get('trustProxy'), good.split(','))
  for (const bad of ['true', '2', 'proxy.example', '10.0.0.0/33', '::/129', '1.2.3', '10.0.0.0/8/8', '10.0.0.0/']) {
    t.throws(
      () => build(t, { JEX__TRUST_PROXY: bad }),
      { name: 'BootError', message: /^jex\.trustProxy: .* is not a valid IP range/ },
      bad,
    )
  }
})

t.test('what a source says in vain is told with the rest', async (t) => {
  const dir = t.testdir({ '.env': 'jex.port: 4000\njex.host=here\njex.bodyLimit=much' })
  t.throws(() => buildSettings(readSources(dir, {}), [server]), {
    message: /^jex\.port has no =.*\njex\.bodyLimit: "much" is not a whole number[^\n]*$/,
  })
})

t.test('the address of a key set holds no credentials, and none are printed', async (t) => {
  const auth: Section = { name: 'auth', schema: authSettingsSchema, active: true, owner: '@json-express/core' }
  for (const uri of [
    'https://user:hunter2@id.example.com/jwks',
    'https://hunter2@id.example.com/jwks',
    'http://localhost:hunter2@id.example.com/jwks',
    'http://user:hunter2@id.example.com/jwks?x=a@b',
    'https://user:hun@ter2@id.example.com/jwks',
  ]) {
    t.throws(() => build(t, { JEX__AUTH__JWKS_URI: uri }, [auth]), {
      message: /^(?!.*hunter2)(?!.*ter2@).*jex\.auth\.jwksUri: .*https? address without credentials/s,
    })
  }
})
