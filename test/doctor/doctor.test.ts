import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Finding } from '@json-express/core'
import t, { type Test } from 'tap'
import { packageFiles } from '../cli/tools-app.js'
import { runCommand } from '../commands/run-command.js'
import { appFolder, PRESET, writeFiles } from '../harness/app-folder.js'
import { identityProvider } from '../harness/identity-provider.js'
import { startServer } from '../harness/server.js'

const SECRET = 'jex.auth.secret=3kZ9qW7vRtY2mN8xLpB4cF6hJ1sD5gA0eUiOoPyT\n'
/** The memory adapter keeps nothing, so that a boot is quick and makes nothing but this. */
const STARTED = { '.jex/.gitignore': '*\n' }
const SMALL = { '@json-express/adapter-memory': '*' }

/** What the doctor finds about the folder, beside the version of Node.js that the tests happen to run on. */
async function doctor(t: Test, dir: string, ...args: string[]) {
  const { code, stdout, stderr } = await runCommand(t, dir, 'doctor', '--json', ...args)
  t.equal(stderr, '', 'the log stays out of it')
  const { findings, counts } = JSON.parse(stdout) as { findings: Finding[]; counts: Record<Finding['level'], number> }
  for (const level of ['ok', 'warning', 'error'] as const) {
    t.equal(counts[level], findings.filter((finding) => finding.level === level).length, `counts ${level}`)
  }
  for (const { level, subject, remedy } of findings) t.equal(remedy === undefined, level === 'ok', subject)
  const about = (subject: string) => findings.filter((finding) => finding.subject === subject)
  return { code, findings: findings.filter(({ subject }) => subject !== 'node'), about }
}

const levels = (findings: readonly Finding[]) => findings.map(({ subject, level }) => `${level} ${subject}`)

t.test('a good app', async (t) => {
  const dir = appFolder(t)
  const server = await startServer(t, dir)
  const { code, findings, about } = await doctor(t, dir)
  t.equal(code, 0, 'beside a running server')
  t.ok(findings.length > 10)
  const steady = findings.filter(({ subject }) => subject !== 'auth.hash') // which is measured on this machine
  t.strictSame(levels(steady.filter(({ level }) => level !== 'ok')), [])
  t.match(about('mode'), [{ message: /^development, reached from this machine alone/ }])
  t.match(about('auth.secret'), [{ message: '43 bytes, from .jex/secret' }])
  t.match(about('adapter-sqlite.file'), [{ message: /data\.sqlite can be written, \d+ MiB free$/ }])
  t.match(about('db'), [{ message: 'answers' }])
  await server.stop()

  const { code: again, stdout } = await runCommand(t, dir, 'doctor')
  t.equal(again, 0)
  t.match(stdout, /^ok {7}adapter {14}@json-express\/adapter-sqlite \d/m)
  t.match(stdout, /\n\n\d+ ok, \d warnings?, 0 errors\n$/)
})

t.test('an app that has never been started stays so', async (t) => {
  const dir = appFolder(t, { files: { '.env': `${SECRET}jex.mode=production\njex.publicUrl=https://127.1.2.3\n` } })
  const { about } = await doctor(t, dir)
  t.match(about('boot'), [{ level: 'warning', message: /never been started/, remedy: /Start it once/ }])
  t.notOk(existsSync(join(dir, '.jex')))

  writeFiles(dir, { ...STARTED, '.env': '' })
  t.match((await doctor(t, dir)).about('boot'), [{ level: 'warning' }], 'whatever made the folder')
  t.notOk(existsSync(join(dir, '.jex/data.sqlite')))
})

t.test('a production app with everything wrong that boot lets pass', async (t) => {
  const settings = `${SECRET}jex.mode=production
jex.auth.previousSecrets=hT5bV8nM2xQ9wE4rZ7yU1iO6pA3sD0fGjKlLcXvB
jex.auth.refreshTtl=3d
jex.auth.sessionCheck=false
jex.publicUrl=http://api.nowhere.invalid/base
jex.trustProxy=10.0.0.1,::/1
jex.email-console.allowInProduction=true
jex.adapter-sqlite.file=:memory:
`
  const dir = appFolder(t, { files: { ...STARTED, '.env': settings } })
  chmodSync(join(dir, '.env'), 0o644)
  execFileSync('git', ['init', '--quiet'], { cwd: dir })
  const { code, about } = await doctor(t, dir)
  t.equal(code, 1)
  t.match(about('mode'), [{ level: 'ok', message: /^production/ }])
  t.match(about('auth.previousSecrets'), [{ level: 'warning', message: /^1 set/, remedy: /^Remove it 3d after/ }])
  t.match(about('.env'), [
    { level: 'warning', message: /every user/, remedy: 'chmod 600 .env' },
    { level: 'warning', message: /git does not ignore/, remedy: /^Add \.env to \.gitignore/ },
  ])
  t.match(about('publicUrl'), [
    { level: 'error', message: /not https/, remedy: /jex\.publicUrl=https:/ },
    { level: 'warning', message: /the path \/base/, remedy: /proxy/ },
    { level: 'warning', message: /^api\.nowhere\.invalid has no address/, remedy: /DNS/ },
  ])
  t.match(about('trustProxy'), [{ level: 'error', message: /^::\/1 is everybody/, remedy: /your proxy alone/ }])
  t.match(about('adapter-sqlite.file'), [{ level: 'warning', message: /forgets/, remedy: /to a file/ }])
  for (const [slot, remedy] of [
    ['kv', /kv-sqlite .*kv-redis/],
    ['queue', /queue-bullmq/],
    ['email', /email-smtp/],
  ] as const) {
    const [chosen, warned, answers] = about(slot)
    t.match([chosen, warned, answers], [{ level: 'ok' }, { level: 'warning', remedy }, { message: 'answers' }], slot)
  }
  t.match(about('clock'), [{ level: 'ok', message: /^not compared/ }])

  chmodSync(join(dir, '.env'), 0o600)
  writeFileSync(join(dir, '.gitignore'), '.env\n')
  const better = `${settings.replace(/^jex\.(publicUrl|trustProxy)=.*$/gm, '')}jex.publicUrl=https://localhost\n`
  writeFileSync(join(dir, '.env'), better)
  const second = await doctor(t, dir)
  t.match(second.about('.env'), [{ level: 'ok' }])
  t.match(second.about('trustProxy'), [{ level: 'warning', message: /^not set/, remedy: /Set jex\.trustProxy/ }])
  t.match(second.about('publicUrl'), [{ level: 'error', message: /their own machine/, remedy: /jex\.publicUrl=/ }])
})

t.test('settings that stop boot, and what can be checked all the same', async (t) => {
  const settings = `jex.mode=production
jex.auth.secret=secret
jex.prot=1
jex.port=abc
jex.trustProxy=0.0.0.0/1
jex.publicUrl=https://user@127.0.0.9?a=b
jex.adapter-sqlite.file=package.json/data.sqlite
`
  const dir = appFolder(t, { files: { ...STARTED, '.env': settings } })
  const { code, about } = await doctor(t, dir)
  t.equal(code, 1)
  t.match(about('auth.secret'), [{ level: 'error', message: /placeholder/, remedy: /^Make one with: node -e/ }])
  t.match(about('prot'), [{ level: 'error', message: /not a known setting/, remedy: 'Did you mean jex.port?' }])
  t.match(about('port'), [{ level: 'error', remedy: 'Set it like jex.port=3000' }])
  t.match(about('trustProxy'), [{ level: 'error', message: /everybody/ }])
  t.match(about('publicUrl'), [{ message: /own machine/ }, { level: 'error', message: /query, a fragment or cred/ }])
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
  const files = { ...packageFiles('broken', 'import "not-there"'), ...STARTED, '.env': env }
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
  const files = { ...packageFiles('kv-far', kv, { kind: 'kv', provides: ['kv'] }), ...STARTED }
  const { code, about } = await doctor(t, appFolder(t, { dependencies: { ...SMALL, 'kv-far': '*' }, files }))
  t.equal(code, 1)
  t.match(about('kv'), [
    { level: 'error', message: 'does not answer: connect ECONNREFUSED 10.0.0.7:6379' },
    { level: 'ok' },
  ])
})

t.test('data that does not load', async (t) => {
  const files = { ...STARTED, 'data/notes.json': '[{"title":' }
  const { code, about } = await doctor(t, appFolder(t, { dependencies: SMALL, files }))
  t.equal(code, 1)
  t.match(about('boot'), [{ level: 'error', message: /notes\.json/ }])
})

t.test('what packages say themselves, and that they cannot', async (t) => {
  const telling = `export default async () => {}
export const diagnose = async (app) => [{ subject: 'tanks', level: 'warning', message: app.purpose, remedy: 'Fill them' }]`
  const failing =
    'export default async () => {}\nexport const diagnose = async () => { throw new Error("out of order") }'
  const packages = { ...packageFiles('telling', telling), ...packageFiles('failing', failing) }
  const dependencies = { ...SMALL, failing: '*', telling: '*' }
  const { code, about } = await doctor(t, appFolder(t, { dependencies, files: { ...packages, ...STARTED } }))
  t.equal(code, 1)
  t.match(about('tanks'), [{ level: 'warning', message: 'command', remedy: 'Fill them' }])
  t.match(about('failing'), [{ level: 'error', message: 'out of order' }])
})

t.test('development that is open to the network; --strict', async (t) => {
  const files = { ...STARTED, '.env': 'jex.host=0.0.0.0\njex.auth.secret=short\n' }
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
      ...STARTED,
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
