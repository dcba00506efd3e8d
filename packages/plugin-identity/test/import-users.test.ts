import t from 'tap'
import { readImportRow } from '../src/import-row.js'

t.test('a line of the file as the data of a user', (t) => {
  const hash = '$2b$04$fQG4RO4jcd4cAtnaS1c3qOF.rlyU3C2.as54cFZd7mCLWrALnuKZ6'
  const row = { email: ' Ann@Münster.Example ', role: 'editor', passwordHash: hash, emailVerified: true, city: 'Ulm' }
  t.strictSame(readImportRow(JSON.stringify(row)), {
    email: 'ann@xn--mnster-3ya.example',
    data: { ...row, email: 'ann@xn--mnster-3ya.example' },
  })
  for (const passwordHash of [undefined, null]) {
    t.match(readImportRow(JSON.stringify({ email: 'a@example.com', passwordHash })), { email: 'a@example.com' })
  }
  t.strictSame(
    readImportRow(JSON.stringify({ email: 'a@example.com', passwordHash: null, emailVerified: null, createdAt: null })),
    { email: 'a@example.com', data: { email: 'a@example.com' } },
    'null is "not yet", and gets what a new user gets',
  )
  t.end()
})

t.test('a reason says what is wrong, and repeats nothing of the line', (t) => {
  const email = 'ann.secret@example.com'
  const refusals: [line: unknown, reason: RegExp][] = [
    ['secret', /^not a JSON object$/],
    ['["secret"]', /^not a JSON object$/],
    ['null', /^not a JSON object$/],
    ['{"email": secret}', /^not a JSON object$/],
    [{}, /^email is required/],
    [{ email: 1 }, /^email is required/],
    [{ email: 'secret' }, /^email: /],
    [{ email, id: 'secret' }, /^id is not imported/],
    [{ email, password: 'secret' }, /^password is not imported/],
    [{ email, tokenVersion: 1 }, /^tokenVersion is not imported/],
    [{ email, passwordHash: 1 }, /^passwordHash is text/],
    [{ email, passwordHash: '' }, /^passwordHash: unknown format/],
    [{ email, passwordHash: '$md5$secret' }, /^passwordHash: md5: too weak to keep/],
    [{ email, passwordHash: '$2b$31$secret' }, /^passwordHash: bcrypt: not a well-formed/],
  ]
  for (const [line, reason] of refusals) {
    const row = readImportRow(typeof line === 'string' ? line : JSON.stringify(line))
    t.match(row, { refused: reason })
    t.notMatch(JSON.stringify(row), /secret/)
  }
  t.end()
})

t.test('the prefixes that Django writes before the hashes of others are left out', (t) => {
  const argon2 = '$argon2id$v=19$m=102400,t=2,p=8$c29tZXNhbHRzYWx0$qVDyWWfzCIfnQmzZSk3cJw'
  const bcrypt = '$2b$04$fQG4RO4jcd4cAtnaS1c3qOF.rlyU3C2.as54cFZd7mCLWrALnuKZ6'
  for (const [passwordHash, stored] of [
    [`argon2${argon2}`, argon2],
    [`bcrypt$${bcrypt}`, bcrypt],
  ]) {
    t.match(readImportRow(JSON.stringify({ email: 'a@example.com', passwordHash })), { data: { passwordHash: stored } })
  }
  t.end()
})

t.test('a role is refused in words', (t) => {
  for (const role of ['owner', 'Editor', '', 1, null]) {
    t.match(readImportRow(JSON.stringify({ email: 'a@example.com', role })), { refused: /^role is a word of a-z/ })
  }
  t.match(readImportRow('{"email":"a@example.com","role":"editor"}'), { data: { role: 'editor' } })
  t.end()
})
