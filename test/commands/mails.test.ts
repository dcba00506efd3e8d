import t from 'tap'
import { appFolder, PRESET, writeFiles } from '../harness/app-folder.js'
import { adminFrom, client, signIn } from '../harness/client.js'
import { startServer } from '../harness/server.js'
import { rowsOf, runCommand } from './run-command.js'

/** An e-mail provider that answers what the file `answer` says: `take`, `later` or `never`. */
const provider = {
  'node_modules/email-moody/package.json': {
    name: 'email-moody',
    version: '1.0.0',
    type: 'module',
    exports: { '.': './index.js', './package.json': './package.json' },
    jsonExpress: { kind: 'email', api: 1, provides: ['email'], requires: [], optional: [] },
  },
  'node_modules/email-moody/index.js': `import { readFileSync } from 'node:fs'
import { EmailRejectedError } from '@json-express/core'
const plugin = async (app) => {
  app.decorate('email', {
    async send({ to }) {
      const answer = readFileSync('answer', 'utf8')
      if (answer === 'never') throw new EmailRejectedError('550 no such user here')
      if (answer === 'later') throw new Error('451 try again\\u001b[2J')
      process.stdout.write(\`sent to \${to}\\n\`)
    },
    async health() {},
    async close() {},
  })
}
plugin[Symbol.for('skip-override')] = true
export default plugin
`,
}

const OWED = 'select kind, attempts, "lastError", "failedAt" from auth_mails'

t.test('a mail that is refused for good is given up, listed, and tried again when the operator says so', async (t) => {
  const dir = appFolder(t, { dependencies: { ...PRESET, 'email-moody': '*' }, files: { ...provider, answer: 'never' } })
  const server = await startServer(t, dir)
  const call = client(server.url)
  const admin = await signIn(call, adminFrom(server.output()))
  await call('POST', '/users', { email: 'ann@example.com', role: 'user' }, admin)
  await server.printed(/mail\.failed/)
  const { stdout: listed } = await runCommand(t, dir, 'mails')
  t.match(listed, /^\S+ {2}failed {3}invite to ann@example\.com, since 20\S+, 1 attempt: 550 no such user here\n$/)
  t.match(rowsOf(dir, OWED), [{ kind: 'invite', attempts: 1, failedAt: String }])

  const { stdout } = await runCommand(t, dir, 'mails', '--json')
  const { id } = JSON.parse(stdout)
  t.match(JSON.parse(stdout), { to: 'ann@example.com', kind: 'invite', state: 'failed', attempts: 1 })
  const unknown = await runCommand(t, dir, 'mails', '--retry', 'no-such-mail')
  t.match(unknown, { code: 1, stderr: /no-such-mail/ })

  await server.stop() // a running one looks every 30 s, the next one at once
  writeFiles(dir, { answer: 'take' })
  const { code, stderr } = await runCommand(t, dir, 'mails', '--retry', id)
  t.equal(code, 0)
  t.match(stderr, /^1 will be tried again/m)
  const next = await startServer(t, dir)
  await next.printed(/^sent to ann@example\.com$/m)
  await next.printed(/mail\.sent/)
  t.match(await runCommand(t, dir, 'mails'), { stdout: '', stderr: /No mail waits/ })
  await next.stop()
})

t.test('a mail that is put off stays owed, and is listed with the reason', async (t) => {
  const dir = appFolder(t, { dependencies: { ...PRESET, 'email-moody': '*' }, files: { ...provider, answer: 'later' } })
  const server = await startServer(t, dir)
  const call = client(server.url)
  const admin = await signIn(call, adminFrom(server.output()))
  await call('POST', '/users', { email: 'ann@example.com', role: 'user' }, admin)
  await call('POST', '/users', { email: 'bob@example.com', role: 'user' }, admin)
  for (;;) {
    const rows = rowsOf(dir, OWED)
    if (rows.every(({ attempts }) => Number(attempts) > 0)) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const { stdout } = await runCommand(t, dir, 'mails')
  t.match(
    stdout,
    /^\S+ {2}pending {2}invite to ann@example\.com, .*: 451 try again\\u\{1b\}\[2J\n\S+ {2}pending .*bob@/,
  )
  t.match(await runCommand(t, dir, 'mails', '--retry'), { code: 0, stderr: /^0 will be tried/m })
  t.notMatch(server.output(), /mail\.failed/)
  await server.stop()
})
