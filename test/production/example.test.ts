import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parse } from 'yaml'
import { appFolder } from '../harness/app-folder.js'
import { client, signIn } from '../harness/client.js'
import { eventually } from '../harness/eventually.js'
import { freePort, run } from '../harness/server.js'
import { PASSWORD } from './stack.js'

const EXAMPLE = fileURLToPath(new URL('../../examples/production', import.meta.url))

interface Service {
  environment: Record<string, string>
  command?: string[]
}

const compose = parse(readFileSync(join(EXAMPLE, 'compose.yaml'), 'utf8'), { merge: true }) as {
  services: Record<string, Service>
}

function copyOfExample(t: Parameters<typeof appFolder>[0]): string {
  const dir = appFolder(t)
  for (const part of ['package.json', 'models', 'scripts'])
    cpSync(join(EXAMPLE, part), join(dir, part), { recursive: true })
  return dir
}

function stateFolder(t: Parameters<typeof appFolder>[0]): string {
  const state = mkdtempSync(join(tmpdir(), 'jex-example-'))
  chmodSync(state, 0o755) // PostgreSQL may run as another user
  t.teardown(() => rmSync(state, { recursive: true, force: true }))
  return state
}

async function freePair(): Promise<number> {
  for (;;) {
    const port = await freePort()
    if (port < 65_535 && !(await isTaken(port + 1))) return port
  }
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => socket.destroy().once('close', () => resolve(true)))
    socket.once('error', () => resolve(false))
  })
}

t.test('npm run up: two servers, a worker, and an agent who is invited, works and is revoked', async (t) => {
  const dir = copyOfExample(t)
  const port = await freePair()
  const state = stateFolder(t)
  const env = { PORT: String(port), STATE_DIR: state }
  const up = () => run(t, dir, { command: ['npm', 'run', 'up'], env, group: true })
  const first = up()
  await first.printed(/two servers at/)
  const [one, other] = [client(`http://127.0.0.1:${port}`), client(`http://127.0.0.1:${port + 1}`)]
  const [, password = ''] = await first.printed(/^server \d +password: (\S+)$/m)
  const admin = await signIn(one, { email: 'admin@local', password })
  const { body } = await one('POST', '/users', { email: 'ida@example.com', role: 'agent' }, admin)
  const [, token = ''] = await first.printed(/To: ida@example\.com[\s\S]*?#token=([\w-]{43})\s/)
  t.equal((await other('POST', '/auth/password/reset', { token, newPassword: PASSWORD })).status, 200)
  const ida = await signIn(other, { email: 'ida@example.com', password: PASSWORD })
  t.equal((await other('POST', '/tickets', { subject: 'It rains in', text: 'By the window' }, ida)).status, 201)
  t.equal((await one('GET', '/tickets', undefined, ida)).body.length, 1)
  t.equal((await one('POST', `/users/${body.id}/revoke`, {}, admin)).status, 200)
  t.equal((await other('GET', '/tickets', undefined, ida)).status, 401)
  const printed = first.output().length
  process.kill(-(first.child.pid ?? 0), 'SIGINT') // Ctrl-C reaches the whole group of the terminal
  await first.exited
  t.match(first.output().slice(printed), /stopping/)
  t.notMatch(first.output().slice(printed), /is gone|ECONN|"level":[456]0/, 'in order: nobody misses another')
  await eventually(
    'everything ended',
    () => isTaken(port),
    (taken) => !taken,
  )
  t.notOk(await isTaken(port + 1))

  const second = up()
  await second.printed(/two servers at/)
  t.notMatch(second.output(), /password:/, 'what was there is there')
  t.equal(
    (await one('GET', '/tickets', undefined, await signIn(other, { email: 'ida@example.com', password: PASSWORD })))
      .status,
    200,
  )
  await second.stop('SIGTERM')
  t.match(second.output(), /npm is gone, stopping/, 'npm, which is sent the signal alone, is followed')
  t.notOk(existsSync(join(state, 'postgres/postmaster.pid')), 'PostgreSQL has ended, and well')
  t.notOk((await isTaken(port)) || (await isTaken(port + 1)))
})

t.test('npm run up: what does not start is quoted', async (t) => {
  const state = stateFolder(t)
  mkdirSync(join(state, 'postgres'))
  writeFileSync(join(state, 'postgres/PG_VERSION'), '9\n')
  const env = { PORT: String(await freePair()), STATE_DIR: state }
  const up = run(t, copyOfExample(t), { command: [process.execPath, 'scripts/up.js'], env })
  t.equal(await up.exited, 1)
  t.match(up.output(), /postgres ended with \d+:\n[\s\S]*postgres:/)
})

t.test('what compose.yaml and the Dockerfile name is there', async (t) => {
  const dir = copyOfExample(t)
  for (const name of ['server-1', 'server-2', 'worker']) {
    const { environment = {} } = compose.services[name] ?? {}
    const env = Object.fromEntries(
      Object.entries(environment).map(([key, value]) => [
        key,
        String(value).replace(/\$\{\w+:\?[^}]*\}/g, 'http://localhost:8080/8Zb1yJq0W3oVtX5uEwG7kLm9NpQrStUv'),
      ]),
    )
    const keys = Object.keys(env).filter((key) => key.startsWith('JEX__'))
    t.ok(keys.length >= 9)
    const shown = run(t, dir, { args: ['config', '--json'], env: { ...env, JEX__PUBLIC_URL: 'http://localhost:8080' } })
    t.equal(await shown.exited, 0, shown.output())
    const entries = JSON.parse(shown.output()) as { key: string; source: string }[]
    const set = entries.filter(({ key, source }) => source === 'environment' && key !== 'mode')
    t.equal(set.length, keys.length, 'each of them is a setting')
  }
  const dockerfile = readFileSync(join(EXAMPLE, 'Dockerfile'), 'utf8')
  const [, program = ''] = /^ENTRYPOINT \["node", "(\S+)"\]$/m.exec(dockerfile) ?? []
  t.ok(existsSync(join(EXAMPLE, program)), program)
  for (const [, path = ''] of dockerfile.matchAll(/^COPY (\S+)/gm)) t.ok(existsSync(join(EXAMPLE, path)), path)
  t.match(dockerfile, /^USER node$/m)
})
