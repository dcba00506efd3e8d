import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { client, signIn } from '../harness/client.js'
import { startServer } from '../harness/server.js'
import { rowsOf, runCommand, startCommand } from './run-command.js'

/** Hashes of `pässword` that other systems have made. */
const HASHES = {
  argon2id: '$argon2id$v=19$m=1024,t=2,p=2$qiRBkhbIW+JMmudbhWrVcg$LWIOaFwH7SOHXsFEgN9lQgsRp11ZX0O9paVcqPhrp0c',
  argon2i: '$argon2i$v=19$m=1024,t=2,p=2$O1G1anEz6W2FeJT1WVrDXg$W7a9etunwZnOaIv4+f00QMUG0U+GUysqJ1YAs2EaFRY',
  bcrypt: '$2y$04$abcdefghijklmnopqrstuum174eFeoTj0DHmtuueFaS3Wde4P7wHG',
  scrypt: '$scrypt$ln=10,r=8,p=1$rbW2lpJy7j2HcI5RSiml9A$YVzNJymwvGZxbhn4z7mk00OaxNAfBrcyMzUGhymVJ8s',
  passlib: '$pbkdf2-sha256$1000$.p9zLoUwxljLmRMCYKx1Dg$mgOAChp1jK0zd3fYjzzH6joELiLCZgqvV/H3TzjA.Ek',
  django: 'pbkdf2_sha256$1000$6KOQfAxvsw8eDAyFaDq1VW$5cM85eN8YSkMwyhU2Q1T7eSgJuNHhoCBWl78UN3CXdA=',
}
const PROFILE = `import { defineModel, types } from '@json-express/core'
export default defineModel({ fields: { city: types.string().maxLength(10) } })`

function jsonLines(rows: readonly unknown[]): string {
  return rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join('')
}

t.test('people of another system sign in, and their hashes become ours', async (t) => {
  const dir = appFolder(t)
  const rows = Object.entries(HASHES).map(([name, passwordHash]) => ({
    ...{ email: `${name}@Example.com`, passwordHash, emailVerified: true },
    ...(name === 'bcrypt' && { role: 'editor' }),
  }))
  writeFileSync(
    join(dir, 'users.jsonl'),
    jsonLines([...rows, { ...rows[0], email: 'gone@example.com', disabled: true }]),
  )
  const { code, stdout, stderr } = await runCommand(t, dir, 'users', 'import', 'users.jsonl')
  t.equal(code, 0, stderr)
  t.match(stdout, /^created 7, skipped 0, refused 0$/m)
  t.match(stderr, /^\{.*"event":"users\.imported","created":7,"skipped":0,"refused":0,"by":"command line".*\}$/m)
  t.match(stderr, /no enabled admin.*users reset-admin/, 'and none is seeded where there are users')
  t.strictSame(rowsOf(dir, 'SELECT * FROM auth_mails'), [], 'nobody is mailed')

  const server = await startServer(t, dir)
  const call = client(server.url)
  for (const { email, role = 'user' } of rows) {
    const token = await signIn(call, { email, password: 'pässword' })
    t.match((await call('GET', '/auth/me', undefined, token)).body, { email: email.toLowerCase(), role })
    t.equal((await call('POST', '/auth/login', { email, password: 'password' })).status, 401)
  }
  t.equal((await call('POST', '/auth/login', { email: 'gone@example.com', password: 'pässword' })).status, 401)
  await server.stop()
  const kept = rowsOf(dir, "SELECT email FROM users WHERE passwordHash NOT LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'")
  t.strictSame(kept, [{ email: 'gone@example.com' }])
})

t.test('a bad line is named and the others are imported', async (t) => {
  const dir = appFolder(t, { files: { 'models/users.ts': PROFILE } })
  const good = (name: string) => ({ email: `${name}@example.com`, passwordHash: HASHES.bcrypt })
  const lines = [
    `\ufeff${JSON.stringify({ ...good('one'), city: 'Ulm' })}`,
    '',
    'hunter2',
    { ...good('two'), nickname: 'unknown' },
    { ...good('three'), city: 'x'.repeat(11) },
    { ...good('four'), id: 'mine' },
    { ...good('five'), password: 'hunter2' },
    { ...good('six'), tokenVersion: 7 },
    { ...good('seven'), passwordHash: '$md5$CY9rzUYh03PK3k6DJie09g==' },
    { ...good('eight'), role: 'owner' },
    { email: 'not an address' },
    JSON.stringify({ ...good('nine'), city: 'x'.repeat(70_000) }),
    good('ten'),
    { ...good('ONE'), city: 'Bonn' },
    good('eleven'),
  ]
  writeFileSync(join(dir, 'users.jsonl'), jsonLines(lines))
  const { code, stdout, stderr } = await runCommand(t, dir, 'users', 'import', 'users.jsonl')
  t.equal(code, 1)
  t.match(stdout, /^created 3, skipped 1, refused 10$/m)
  const refused = [...stderr.matchAll(/^line (\d+): (.*)$/gm)].map(([, line, why]) => `${line} ${why}`)
  t.match(
    refused.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)),
    [
      /^3 not a JSON object/,
      /^4 nickname/,
      /^5 city/,
      /^6 id is not imported/,
      /^7 password is not imported/,
      /^8 tokenVersion is not imported/,
      /^9 passwordHash: md5: too weak/,
      /^10 role is a word of a-z/,
      /^11 email/,
      /^12 longer than 64 KiB/,
      /^14 has an account already/,
    ],
  )
  t.notMatch(stdout + stderr, /hunter2|CY9rz/, 'nothing of a line is repeated')
  t.strictSame(rowsOf(dir, "SELECT email, city FROM users WHERE role <> 'admin' ORDER BY id"), [
    { email: 'one@example.com', city: 'Ulm' },
    { email: 'ten@example.com', city: null },
    { email: 'eleven@example.com', city: null },
  ])
})

t.test('--invite owes a mail to those without a password, and to nobody else', async (t) => {
  const dir = appFolder(t)
  const file = join(dir, 'users.jsonl')
  const rows = [{ email: 'a@example.com' }, { email: 'b@example.com', passwordHash: HASHES.bcrypt }]
  writeFileSync(file, jsonLines(rows))
  t.equal((await runCommand(t, dir, 'users', 'import', file, '--invite')).code, 0)
  appendFileSync(file, jsonLines([{ email: 'c@example.com' }]))
  t.match(await runCommand(t, dir, 'users', 'import', file), { stdout: /created 1, skipped 2, refused 0/, code: 0 })
  t.strictSame(rowsOf(dir, 'SELECT email, kind FROM auth_mails JOIN users ON users.id = userId'), [
    { email: 'a@example.com', kind: 'invite' },
  ])
})

t.test('a file that cannot be read', async (t) => {
  const dir = appFolder(t, { files: { 'folder/x': '' } })
  for (const [file, why] of [
    ['missing.jsonl', /missing\.jsonl.*ENOENT/],
    ['folder', /folder cannot be read: EISDIR/],
  ] as const) {
    const { code, stderr } = await runCommand(t, dir, 'users', 'import', file)
    t.equal(code, 1)
    t.match(stderr, why)
    t.notMatch(stderr, /at async|DEBUG=1|did not expect/)
  }
})

t.test('skipped lines are named, up to a point', async (t) => {
  const dir = appFolder(t)
  const rows = Array.from({ length: 30 }, (_, i) => ({ email: `user${i}@example.com` }))
  writeFileSync(join(dir, 'users.jsonl'), jsonLines([...rows, ...rows]))
  const { stdout, stderr } = await runCommand(t, dir, 'users', 'import', 'users.jsonl')
  t.match(stdout, /created 30, skipped 30/)
  t.equal(stderr.match(/^line \d+: has an account already$/gm)?.length, 20)
  t.equal(stderr.match(/^more lines are skipped/gm)?.length, 1)
})

t.test('interrupted: says how far it came, and that it can be run again', async (t) => {
  const dir = appFolder(t)
  const rows: unknown[] = Array.from({ length: 6000 }, (_, i) => ({ email: `user${i}@example.com` }))
  rows.splice(1500, 0, 'not JSON')
  writeFileSync(join(dir, 'users.jsonl'), jsonLines(rows))
  const { child, ended } = startCommand(t, dir, ['users', 'import', 'users.jsonl'])
  child.stderr?.on('data', (text: string) => text.includes('line 1501:') && child.kill('SIGINT'))
  const { code, stderr } = await ended
  t.equal(code, 130)
  t.match(stderr, /^interrupted: created \d{4}, skipped 0, refused 1; .*run again$/m)
  t.match(stderr, /"event":"users\.imported"/)
})

t.test('killed again and again, and run once more: every row exactly once', async (t) => {
  const dir = appFolder(t)
  const count = 6000
  const emails = Array.from({ length: count }, (_, i) => `user${i}@example.com`)
  const rows: unknown[] = emails.map((email, i) => ({ email, ...(i % 2 === 0 && { passwordHash: HASHES.bcrypt }) }))
  // what is printed about a bad line is when to kill
  const marks = [537, 2950, 4711]
  for (const line of marks) rows.splice(line - 1, 0, 'not JSON')
  writeFileSync(join(dir, 'users.jsonl'), jsonLines(rows))
  const stored = () => Number(rowsOf(dir, "SELECT count(*) AS n FROM users WHERE role <> 'admin'")[0]?.n)

  for (const line of marks) {
    const { child, ended } = startCommand(t, dir, ['users', 'import', 'users.jsonl'])
    child.stderr?.on('data', (text: string) => text.includes(`line ${line}:`) && child.kill('SIGKILL'))
    t.match(await ended, { code: 'SIGKILL' })
    const left = stored()
    t.ok(left >= line - 200 && left < count, `${left} stored when killed at line ${line}`)
    t.strictSame(rowsOf(dir, 'SELECT id FROM auth_mails'), [], 'no mail without its user, none that was not wanted')
  }
  const before = stored()
  const { code, stdout } = await runCommand(t, dir, 'users', 'import', 'users.jsonl')
  t.equal(code, 1)
  t.match(stdout, `created ${count - before}, skipped ${before}, refused ${marks.length}`)
  const found = rowsOf(dir, "SELECT email FROM users WHERE role <> 'admin'").map(({ email }) => String(email))
  t.strictSame(found.sort(), [...emails].sort())

  const { stdout: listed } = await runCommand(t, dir, 'users', 'list', '--json', '--role', 'user')
  t.equal(new Set(JSON.parse(listed).map(({ email }: { email: string }) => email)).size, count, 'listed page by page')
})
