import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, copyFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { freePort } from '../../../test/harness/server.js'
import { startPostgres } from '../../../test/harness/servers/postgres-server.js'
import { startProxy } from '../../../test/harness/servers/tcp-proxy.js'
import { createPostgresAdapter } from '../src/index.js'
import { logs, users } from './fixtures/schemas.js'

async function refuses(t: Test, url: string, remedy: RegExp) {
  const opening = createPostgresAdapter({ url, connectTimeout: 500 })
  await t.rejects(opening, { name: 'BootError', message: remedy })
  await opening.catch(({ message }: Error) => {
    t.match(message, /^jex\.adapter-postgres\.url\b/)
    t.notMatch(message, /s3cret|\n/, 'one line without the password')
  })
}

t.test('a place where no server is', async (t) => {
  const port = await freePort()
  const where = `127\\.0\\.0\\.1:${port}/app`
  await refuses(
    t,
    `postgres://jex:s3cret@127.0.0.1:${port}/app`,
    new RegExp(`${where} refuses connections: start Post`),
  )
  await refuses(t, `postgres://jex:s3cret@localhost:${port}/app`, /refuses connections/)
  await refuses(t, 'postgres://jex:s3cret@nowhere.invalid/app', /nowhere\.invalid:5432\/app is not to be found/)
  await refuses(t, 'postgres://jex:s3cret@[half/app', /cannot be used, write postgres:/)
  await refuses(t, 'postgres://jex:s3cret@localhost/app?sslrootcert=/nowhere/ca.pem', /cannot be used: ENOENT.*ca\.pem/)
  await refuses(t, 'postgres://jex:s3cret@/app?host=/nowhere', /has no such socket/)
  for (const special of ['11/s3cret', '11?s3cret', '11#s3cret', '11/@s3cret', '11?a=s3cret']) {
    await refuses(t, `postgres://jex:${special}@127.0.0.1:${port}/app`, /url cannot be used, write postgres:.*as %XX$/)
  }
  for (const name of ['schema', 'search_path']) {
    await refuses(t, `postgres://jex@127.0.0.1:${port}/app?${name}=shop`, /write options=-c%20search_path%3D<schema>/)
  }
})

t.test('a port that takes connections and never answers', async (t) => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  t.teardown(() => silent.close())
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  await refuses(t, `postgres://jex:s3cret@127.0.0.1:${port}/app`, /does not answer within 500 ms/)
})

t.test('a server that is too slow at first', async (t) => {
  const server = await startPostgres(t)
  const proxy = await startProxy(t, server.port)
  const url = await server.database()
  proxy.hold()
  const opening = createPostgresAdapter({
    url: url.replace(`:${server.port}/`, `:${proxy.port}/`),
    connectTimeout: 500,
  })
  while (proxy.accepted() < 2) await new Promise((resolve) => setImmediate(resolve))
  proxy.carry()
  const db = await opening
  t.teardown(() => db.close())
  await db.health()
})

t.test('numbers come with all their digits, whatever the server was told', async (t) => {
  const server = await startPostgres(t)
  const url = await server.database()
  await server.query('ALTER ROLE jex SET extra_float_digits = 0')
  await server.query('CREATE SCHEMA shop', url)
  const db = await createPostgresAdapter({ url: `${url}?options=-c%20search_path%3Dshop` })
  t.teardown(() => db.close())
  await db.migrate([users, logs])
  t.match(await db.insert('logs', { n: 0.1 + 0.2 }), { n: 0.1 + 0.2 })
  t.equal((await server.query('SELECT FROM shop.logs', url)).length, 1, 'the options of the URL are kept')
})

t.test('a server that will not do', async (t) => {
  const server = await startPostgres(t)
  const url = await server.database()
  await refuses(t, url.replace('jex_1', 'nix'), /\/nix does not exist: CREATE DATABASE/)
  await refuses(t, url.replace('jex@', 'nobody:s3cret@'), /does not let nobody in/)
  await refuses(t, `${url}?sslmode=verify-full`, /speaks no TLS: turn it on there, or remove sslmode/)

  await server.query("CREATE ROLE app LOGIN PASSWORD 's3cret'")
  const app = url.replace('jex@', 'app:s3cret@')
  await refuses(t, app, /does not let app create tables: GRANT USAGE, CREATE ON SCHEMA "public" TO "app"/)
  await refuses(t, `${app}?options=-c%20search_path%3Dnix`, /has no schema that app may use/)
  await refuses(t, `${app}?options=-c%20default_transaction_read_only%3Don`, /is read-only, perhaps a standby/)
  await server.query('GRANT CREATE ON SCHEMA public TO app', url)
  const db = await createPostgresAdapter({ url: app })
  t.teardown(() => db.close())
  await db.migrate([users, logs])

  await server.query("CREATE DATABASE old ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0")
  await refuses(t, url.replace('jex_1', 'old'), /keeps text as LATIN1/)
})

t.test('a server that wants passwords, and TLS', async (t) => {
  const dir = t.testdir({
    hba: 'hostssl all secure all trust\nhost all app all scram-sha-256\nhost all jex all trust\n',
  })
  const given = fileURLToPath(new URL('../../../test/harness/servers/certificate/', import.meta.url))
  for (const name of ['key', 'cert']) copyFileSync(join(given, `${name}.pem`), join(dir, name))
  if (process.getuid?.() === 0) {
    const postgres = Number(execFileSync('id', ['-u', 'postgres'], { encoding: 'utf8' }))
    for (const file of ['key', 'cert', 'hba']) chownSync(join(dir, file), postgres, postgres)
  }
  chmodSync(join(dir, 'key'), 0o600)
  const tls = { ssl: 'on', ssl_cert_file: join(dir, 'cert'), ssl_key_file: join(dir, 'key') }
  const server = await startPostgres(t, { ...tls, hba_file: join(dir, 'hba') })
  await server.query("CREATE ROLE app LOGIN SUPERUSER PASSWORD 's3cret'")
  await server.query('CREATE ROLE secure LOGIN SUPERUSER')
  const url = await server.database()

  await refuses(t, url.replace('jex@', 'app:wrong-s3cret@'), /does not take this password of app: correct it/)
  await refuses(t, url.replace('jex@', 'app@'), /wants a password for app: put it into the URL/)
  await refuses(t, url.replace('jex@', 'secure@'), /does not let secure in.*add \?sslmode=verify-full where TLS is dem/)
  const verified = `${url.replace('jex@', 'secure@')}?sslmode=verify-full`
  await refuses(t, verified, /certificate that cannot be trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\): add its authority/)
  const authority = `${verified}&sslrootcert=${join(dir, 'cert')}`
  const unchecked = `${url.replace('jex@', 'secure@')}?sslmode=no-verify`
  for (const good of [url.replace('jex@', 'app:s3cret@'), authority, unchecked]) {
    const db = await createPostgresAdapter({ url: good })
    await db.health()
    await db.close()
  }
})
