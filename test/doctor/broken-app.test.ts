import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { packageFiles } from '../cli/tools-app.js'
import { appFolder, PRESET } from '../harness/app-folder.js'
import { identityProvider } from '../harness/identity-provider.js'
import { doctor } from './run-doctor.js'

/** A boot of it is quick and makes nothing. */
const SMALL = { '@json-express/adapter-memory': '*' }

t.test('settings that stop boot, and what can be checked all the same', async (t) => {
  const settings = `jex.mode=production
jex.auth.secret=secret
jex.prot=1
jex.port=abc
jex.trustProxy=0.0.0.0/1
jex.publicUrl=https://user:hunter2@127.0.0.9?a=hunter2
jex.adapter-sqlite.file=package.json/data.sqlite
`
  const dir = appFolder(t, { files: { '.env': settings } })
  const { code, about } = await doctor(t, dir)
  t.equal(code, 1)
  t.match(about('auth.secret'), [{ level: 'error', message: /placeholder/, remedy: /^Make one with: node -e/ }])
  t.match(about('prot'), [{ level: 'error', message: /not a known setting/, remedy: 'Did you mean jex.port?' }])
  t.match(about('port'), [{ level: 'error', remedy: 'Set it like jex.port=3000' }])
  t.match(about('trustProxy'), [{ level: 'error', message: /everybody/ }])
  t.notMatch(JSON.stringify(about('publicUrl')), /hunter2/)
  t.match(about('publicUrl'), [{ level: 'error', message: /not a valid public URL/ }])
  t.match(about('adapter-sqlite.file'), [
    { level: 'error', message: /cannot be written/, remedy: /jex\.adapter-sqlite/ },
  ])
  t.match(about('db'), [])
})

t.test('packages that are missing, or do not load', async (t) => {
  const env = 'jex.mode=production\njex.trustProxy=0.0.0.0/1\n'
  const missing = appFolder(t, { dependencies: { ...PRESET, 'kv-nowhere': '*' }, files: { '.env': env } })
  const { code, about } = await doctor(t, missing)
  t.equal(code, 1)
  t.match(about('packages'), [{ level: 'error', message: /kv-nowhere .* not installed/, remedy: 'npm install' }])
  t.match(about('trustProxy'), [{ level: 'error' }])

  const dependencies = { ...PRESET, broken: '*' }
  const files = { ...packageFiles('broken', 'import "not-there"'), '.env': env }
  const broken = await doctor(t, appFolder(t, { dependencies, files }))
  t.equal(broken.code, 1)
  t.match(broken.about('broken'), [{ level: 'error', message: /does not load/, remedy: /^Reinstall it/ }])
  t.match(broken.about('auth.secret'), [{ level: 'error', message: /missing/ }])
  t.match(broken.about('kv'), [{ level: 'ok' }, { level: 'warning' }])

  const empty = t.testdir({})
  t.match((await doctor(t, empty)).about('packages'), [{ level: 'error', message: /no package\.json/ }])
})

t.test('a dependency that does not answer, with the reason', async (t) => {
  const kv = `export default Object.assign(async (app) => {
  app.decorate('kv', { health: async () => { throw new Error('connect ECONNREFUSED 10.0.0.7:6379') }, close: async () => {} })
}, { [Symbol.for('skip-override')]: true })`
  const files = { ...packageFiles('kv-far', kv, { kind: 'kv', provides: ['kv'] }) }
  const { code, about } = await doctor(t, appFolder(t, { dependencies: { ...SMALL, 'kv-far': '*' }, files }))
  t.equal(code, 1)
  t.match(about('kv'), [
    { level: 'ok' },
    { level: 'error', message: 'does not answer: connect ECONNREFUSED 10.0.0.7:6379' },
  ])
})

t.test('what packages say themselves, and that they cannot', async (t) => {
  const telling = `export default async () => {}
export const diagnose = async (app) => [{ subject: 'tanks', level: 'warning', message: app.purpose, remedy: 'Fill them' }]`
  const failing =
    'export default async () => {}\nexport const diagnose = async () => { throw new Error("out of order") }'
  const packages = { ...packageFiles('telling', telling), ...packageFiles('failing', failing) }
  const dependencies = { ...SMALL, failing: '*', telling: '*' }
  const { code, about } = await doctor(t, appFolder(t, { dependencies, files: { ...packages } }))
  t.equal(code, 1)
  t.match(about('tanks'), [{ level: 'warning', message: 'command', remedy: 'Fill them' }])
  t.match(about('failing'), [{ level: 'error', message: 'out of order' }])
})

t.test('development that is open to the network; --strict', async (t) => {
  const files = { '.env': 'jex.host=0.0.0.0\njex.auth.secret=short\n' }
  const dependencies = { ...SMALL, '@json-express/middleware-auth': '*' }
  const dir = appFolder(t, { dependencies, files })
  const { code, about } = await doctor(t, dir)
  t.equal(code, 0)
  t.match(about('mode'), [{ level: 'warning', message: /jex\.host=0\.0\.0\.0/, remedy: /NODE_ENV=production/ }])
  t.match(about('auth.secret'), [{ level: 'warning', message: /shorter than 32/ }])
  t.equal((await doctor(t, dir, '--strict')).code, 1)

  writeFileSync(join(dir, '.env'), 'jex.host=0.0.0.0\n')
  const own = (await doctor(t, dir)).about('auth.secret')
  t.match(own, [{ level: 'warning', message: /for development, on a server that is open/ }])
})

t.test('the clock is compared with the one of the identity provider', async (t) => {
  const dependencies = { ...SMALL, '@json-express/middleware-auth': '*' }
  const compare = async (jwksUri: string) => {
    const files = {
      '.env': `jex.auth.jwksUri=${jwksUri}\njex.auth.jwksIssuer=any\njex.auth.jwksAudience=any\n`,
    }
    const { about } = await doctor(t, appFolder(t, { dependencies, files }))
    t.match(about('auth.secret'), [{ level: 'ok', message: /^none/ }])
    return about('clock')
  }
  const { jwksUri } = await identityProvider(t)
  t.match(await compare(jwksUri), [{ level: 'ok', message: `agrees with ${new URL(jwksUri).host}` }])

  for (const [date, age, message] of [
    [-3_600_000, 0, /^3(599|600|601) s ahead of 127/],
    [3_600_000, 0, /^3(599|600|601) s behind 127/],
    [-3_600_000, 3600, /^agrees/],
  ] as const) {
    const server = createServer((_request, response) => {
      response
        .setHeader('date', new Date(Date.now() + date).toUTCString())
        .setHeader('age', age)
        .end('{"keys":[]}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => server.close())
    const [clock] = await compare(`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`)
    t.match(clock, { level: age === 0 ? 'warning' : 'ok', message })
    if (age === 0) t.match(clock?.remedy, /NTP/)
  }
})
