import { randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { adminFrom, client, signIn } from '../harness/client.js'
import { run, startServer } from '../harness/server.js'

t.test('production boots with a secret, a public URL and leave to print mails', async (t) => {
  const server = await startServer(t, appFolder(t), {
    env: {
      NODE_ENV: 'production',
      JEX__HOST: '127.0.0.1',
      JEX__AUTH__SECRET: randomBytes(32).toString('base64url'),
      JEX__PUBLIC_URL: 'https://api.example.com/v1/',
      JEX__EMAIL_CONSOLE__ALLOW_IN_PRODUCTION: 'true',
    },
  })
  t.match(server.output(), /kv-sqlite/, 'a store that forgets is a warning')
  const call = client(server.url)
  const token = await signIn(call, adminFrom(server.output()))
  await call('POST', '/users', { email: 'ann@example.com', role: 'user' }, token)
  await server.printed(/^https:\/\/api\.example\.com\/v1\/auth\/password\/reset#token=[\w-]{43}$/m)
})

t.test('links start with publicUrl, whatever the request claims', async (t) => {
  const server = await startServer(t, appFolder(t))
  const token = await signIn(client(server.url), adminFrom(server.output()))
  await fetch(`${server.url}/users`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
      origin: 'https://evil.example',
      referer: 'https://evil.example/',
    },
    body: JSON.stringify({ email: 'ann@example.com', role: 'user' }),
  })
  await server.printed(new RegExp(`^http://localhost:${server.port}/auth/password/reset#token=`, 'm'))
  t.notMatch(server.output(), /evil/)
})

t.test('two instances that start together make one admin and agree on one secret', async (t) => {
  const dir = appFolder(t)
  const env = { JEX__AUTH__SESSION_CHECK: 'false' } // memory stores share no sessions
  const both = await Promise.all([startServer(t, dir, { env }), startServer(t, dir, { env })])
  const seeded = both.filter((server) => /^\s*password:/m.test(server.output()))
  t.equal(seeded.length, 1)
  const token = await signIn(client(both[0].url), adminFrom(seeded[0]?.output() ?? ''))
  for (const { url } of both) t.equal((await client(url)('GET', '/auth/me', undefined, token)).status, 200)
  await client(both[1].url)('POST', '/auth/logout-all', {}, token)
  t.equal(
    (await client(both[0].url)('GET', '/auth/me', undefined, token)).status,
    401,
    'revoked on one, dead on the other',
  )
  t.equal(statSync(join(dir, '.jex/secret')).mode & 0o777, 0o600)
  t.equal(readFileSync(join(dir, '.jex/.gitignore'), 'utf8'), '*\n')
})

t.test('the command says what it is asked for and starts nothing', async (t) => {
  const dir = appFolder(t, { files: { '.env': 'jex.auth.secret=a-very-private-value-of-more-than-32-bytes' } })
  const said = async (...args: string[]) => {
    const process = run(t, dir, { args })
    t.equal(await process.exited, 0, args.join(' '))
    return process.output()
  }
  t.match(await said('--version'), /^\d+\.\d+\.\d+/)
  t.match(await said('--help'), /--watch[\s\S]*plugins[\s\S]*config/)
  t.match(await said('plugins'), /kv-memory@[\s\S]*through @json-express\/preset-identity/)
  const config = await said('config')
  t.match(config, /jex\.auth\.secret +•+ +\.env/)
  t.match(config, /jex\.auth\.tokenTtl +15m +default/)
  t.notMatch(config, 'a-very-private-value')
  const json = JSON.parse(await said('config', '--json')) as { key: string; value: unknown }[]
  t.match(
    json.find(({ key }) => key === 'port'),
    { value: 3000, source: 'default' },
  )
  t.notMatch(await said('config', '--json'), 'a-very-private-value')
  const wrong = run(t, dir, { args: ['--nonsense'] })
  t.equal(await wrong.exited, 1)
  t.match(wrong.output(), /unknown option '--nonsense'/)
})
