import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from '@json-express/core'
import t from 'tap'
import { runCommand } from '../commands/run-command.js'
import { appFolder, PRESET, writeFiles } from '../harness/app-folder.js'
import { freePort, startServer } from '../harness/server.js'
import { doctor } from './run-doctor.js'

const SECRET = 'jex.auth.secret=3kZ9qW7vRtY2mN8xLpB4cF6hJ1sD5gA0eUiOoPyT\n'
const SQLITE = { '@json-express/adapter-sqlite': '*' }
const NOTES = {
  'models/notes.ts': `import { defineModel, types } from '@json-express/core'
export default defineModel({ fields: { title: types.string().required() } })`,
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
  t.match(about('auth.secret'), [{ message: '86 bytes, from .jex/secret' }])
  t.match(about('adapter-sqlite.file'), [{ message: /data\.sqlite can be written, \d+ MiB free$/ }])
  t.match(about('db'), [{ message: 'answers' }])
  await server.stop()

  const { code: again, stdout } = await runCommand(t, dir, 'doctor')
  t.equal(again, 0)
  t.match(stdout, /^ok {7}adapter {14}@json-express\/adapter-sqlite \d/m)
  t.match(stdout, /\n\n\d+ ok, \d warnings?, 0 errors\n$/)
})

t.test('an app that has never been started is checked all the same, and stays so', async (t) => {
  const env = `${SECRET}jex.mode=production\njex.publicUrl=https://127.1.2.3\njex.email-console.allowInProduction=true\n`
  const dependencies = { ...PRESET, '@json-express/kv-sqlite': '*' }
  const dir = appFolder(t, { dependencies, files: { '.env': env, '.gitignore': '.env\n' } })
  const look = async () => {
    const { about } = await doctor(t, dir)
    t.match(about('db'), [{ level: 'warning', message: /never been started/, remedy: /Start it once/ }])
    t.match(about('kv'), [{ level: 'ok' }, { level: 'ok', message: /made by the first start/ }])
    t.match(about('queue').at(-1), { message: 'answers' })
    t.equal(about('registration').length, 1, 'and what packages say')
  }
  await look()
  t.notOk(existsSync(join(dir, '.jex')))

  writeFiles(dir, { '.jex/.gitignore': '*\n' })
  await look()
  t.strictSame(readdirSync(join(dir, '.jex')), ['.gitignore'], 'whatever made the folder')
})

for (const [what, files, subject, message] of [
  ['a model that does not parse', { 'models/notes.ts': 'export default {' }, 'models', /models\/notes\.ts/],
  ['a locale that nobody has', { '.env': 'jex.auth.email.locale=fr\n' }, 'auth.email.locale', /no texts in "fr"/],
  ['a bad template of a mail', { 'emails/invite.txt': '{{nope}}' }, '@json-express/plugin-identity', /nope/],
  ['data that is no JSON', { 'data/notes.json': '[{"title":' }, 'models', /notes\.json/],
  ['rows that do not fit', { ...NOTES, 'data/notes.json': '[{"title":1}]' }, 'data', /notes\.json\[0\]\.title/],
] as const) {
  t.test(`in a fresh checkout: ${what}`, async (t) => {
    const { code, about } = await doctor(t, appFolder(t, { files }))
    t.equal(code, 1)
    t.match(about(subject), [{ level: 'error', message }])
    t.match(about('auth.hash'), [{}], 'the rest is looked at all the same')
  })
}

t.test('every dependency that is dead is named in one run, and the rest is checked', async (t) => {
  const [adapter, redis, smtp] = await Promise.all([freePort(), freePort(), freePort()])
  const env = `${SECRET}jex.mode=production
jex.publicUrl=https://127.1.2.3
jex.adapter-postgres.url=postgres://shop:hunter2@127.0.0.1:${adapter}/shop
jex.kv-redis.url=redis://:hunter2@127.0.0.1:${redis}
jex.queue-bullmq.url=redis://:hunter2@127.0.0.1:${redis}
jex.email-smtp.url=smtp://shop:hunter2@127.0.0.1:${smtp}
jex.email-smtp.from=shop@example.com
`
  const dependencies = { '@json-express/preset-identity-production': '*' }
  const { code, findings, about } = await doctor(t, appFolder(t, { dependencies, files: { '.env': env } }))
  t.equal(code, 1)
  for (const subject of ['adapter-postgres.url', 'kv-redis.url', 'queue-bullmq.url', 'email']) {
    t.match(about(subject).at(-1), { level: 'error', remedy: /tart/ }, subject)
  }
  t.match(about('auth.hash'), [{ message: /ms a hash/ }])
  t.equal(about('clock').length, 1)
  t.notMatch(JSON.stringify(findings), /hunter2/)
})

t.test('rows that the models forbid stop the next start', async (t) => {
  const dir = appFolder(t, { dependencies: SQLITE, files: { 'data/notes.json': '[{"title":"a"},{"title":"a"}]' } })
  const server = await startServer(t, dir)
  await server.stop()
  t.equal((await doctor(t, dir)).code, 0)
  writeFiles(dir, { 'models/notes.ts': NOTES['models/notes.ts'].replace('required()', 'unique()') })
  t.match((await doctor(t, dir)).about('db'), [{ message: 'answers' }, { level: 'error', message: /title/ }])
})

t.test('a production app with everything wrong that boot lets pass', async (t) => {
  const settings = `${SECRET}jex.mode=production
jex.auth.previousSecrets=hT5bV8nM2xQ9wE4rZ7yU1iO6pA3sD0fGjKlLcXvB
jex.auth.refreshTtl=3d
jex.auth.sessionCheck=false
jex.publicUrl=http://api.nowhere.invalid/base
jex.trustProxy=10.0.0.1,::/1,::ffff:0:0/96,::ffff:10.0.0.0/104
jex.email-console.allowInProduction=true
jex.adapter-sqlite.file=:memory:
jex.auth.hash.concurrency=4
`
  const dir = appFolder(t, { files: { '.env': settings } })
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
  t.match(about('trustProxy'), [
    { level: 'error', message: /^::\/1 and ::ffff:0:0\/96 is everybody/, remedy: /your proxy alone/ },
  ])
  t.match(about('auth.hash.concurrency'), [
    { level: 'warning', message: /all 4 threads/, remedy: /UV_THREADPOOL_SIZE=6/ },
  ])
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
