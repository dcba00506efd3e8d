// Starts what compose.yaml starts, on this machine and without Docker: PostgreSQL, Redis, a mail catcher, two servers and
// a worker. Their data is in .servers/, or in STATE_DIR; Ctrl-C ends them all.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { catchMails } from './mail-catcher.js'
import { createProcessGroup } from './process-group.js'
import { findPrograms, postgresUser } from './programs.js'

const APP = dirname(import.meta.dirname)
const STATE = process.env.STATE_DIR ?? join(APP, '.servers')
const PORT = Number(process.env.PORT ?? 3000)

let mails
let stopping
const group = createProcessGroup((name) => stop(1, `${name} is gone, ending the others`))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(0, 'stopping'))
process.stdout.on('error', () => {}) // the terminal may be gone by then
followNpm()

try {
  const programs = findPrograms()
  mkdirSync(STATE, { recursive: true })
  const [postgresPort, redisPort] = [await freePort(), await freePort()]
  mails = await catchMails((mail) => say(`a mail\n${mail.replaceAll(/^/gm, '    ')}`))
  await startPostgres(programs, postgresPort)
  await startRedis(programs, redisPort)

  const env = {
    ...process.env,
    NODE_ENV: 'production',
    JEX__AUTH__SECRET: secret(),
    JEX__PUBLIC_URL: `http://localhost:${PORT}`,
    JEX__HOST: '127.0.0.1',
    JEX__ADAPTER_POSTGRES__URL: `postgres://jex@127.0.0.1:${postgresPort}/postgres`,
    JEX__KV_REDIS__URL: `redis://127.0.0.1:${redisPort}`,
    JEX__QUEUE_BULLMQ__URL: `redis://127.0.0.1:${redisPort}`,
    JEX__EMAIL_SMTP__URL: `smtp://127.0.0.1:${mails.port}`,
    JEX__EMAIL_SMTP__FROM: 'Help desk <no-reply@example.com>',
    JEX__EMAIL_SMTP__REQUIRE_TLS: 'false',
    JEX__WORKER: 'false', // the worker beside them does it
  }
  for (const number of [1, 2]) {
    const port = String(PORT + number - 1)
    await startNode(`server ${number}`, [], { ...env, PORT: port }, /is listening at/)
  }
  await startNode('worker', ['worker'], env, /working the queues/)
  say(`two servers at http://localhost:${PORT} and http://localhost:${PORT + 1}, one worker; Ctrl-C ends all of it`)
} catch (error) {
  await stop(1, error.message)
}

async function startPostgres({ initdb, postgres }, port) {
  const dir = join(STATE, 'postgres')
  const user = postgresUser()
  if (!existsSync(join(dir, 'PG_VERSION'))) {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    if (user.uid !== undefined) chownSync(dir, user.uid, user.gid)
    execFileSync(initdb, ['-D', dir, '-U', 'jex', '--auth=trust', '--encoding=UTF8'], { ...user, cwd: dir })
  }
  const where = ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${dir}`]
  await group.start('postgres', postgres, ['-D', dir, '-p', String(port), ...where], {
    ...user,
    ready: /ready to accept connections/,
    quiet: true,
    stopWith: 'SIGINT', // without waiting for clients to leave
  })
}

async function startRedis({ redis }, port) {
  const dir = join(STATE, 'redis')
  mkdirSync(dir, { recursive: true })
  const settings = ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction', '--bind', '127.0.0.1', '--dir', dir]
  await group.start('redis', redis, ['--port', String(port), ...settings], {
    ready: /Ready to accept connections/,
    quiet: true,
  })
}

function startNode(name, words, env, ready) {
  const { resolve } = createRequire(import.meta.url)
  const preset = dirname(resolve('@json-express/preset-identity-production/package.json'))
  return group.start(name, process.execPath, [join(preset, 'bin.js'), ...words], { cwd: APP, env, ready })
}

/** Kept, so that tokens outlive a restart. */
function secret() {
  const file = join(STATE, 'secret')
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600 })
  return readFileSync(file, 'utf8')
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const { port } = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** npm passes a SIGTERM on to the shell that it runs this in, which dies of it alone: then this has another parent. */
function followNpm() {
  if (process.env.npm_lifecycle_event === undefined) return
  const shell = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(timer)
    stop(0, 'npm is gone, stopping')
  }, 250)
}

/** Ends everything once, whoever asks first. */
function stop(code, why) {
  stopping ??= (async () => {
    say(why)
    await group.stop()
    await mails?.close()
    process.exit(code)
  })()
  return stopping
}

function say(text) {
  process.stdout.write(`${'up'.padEnd(9)} ${text}\n`)
}
