import t from 'tap'
import { readImportRow } from '../src/import-users/import-row.js'
import { type Line, readLines } from '../src/import-users/read-lines.js'

async function linesOf(text: string | Buffer, chunk: number): Promise<Line[]> {
  const bytes = Buffer.from(text)
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, i) =>
    bytes.subarray(i * chunk, (i + 1) * chunk),
  )
  const lines: Line[] = []
  for await (const line of readLines(asyncOf(chunks))) lines.push(line)
  return lines
}

async function* asyncOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

t.test('lines, however the file is cut into chunks', async (t) => {
  const text = '\ufeff{"a":1}\n\n{"ä":"🦀"}\r\nlast'
  for (const chunk of [1, 2, 3, 5, 7, 1000])
    t.strictSame(
      (await linesOf(text, chunk)).map(({ number, text }) => [number, text]),
      [
        [1, '{"a":1}'],
        [2, ''],
        [3, '{"ä":"🦀"}\r'],
        [4, 'last'],
      ],
      `chunks of ${chunk}`,
    )
  t.strictSame(await linesOf('', 10), [])
  t.strictSame((await linesOf('one\n', 10)).length, 1)
})

t.test('a line that is too long or no text is skipped, and the next one is itself again', async (t) => {
  const limit = 64 * 1024
  const file = Buffer.concat([
    Buffer.from(`${'x'.repeat(limit)}\n${'x'.repeat(limit + 1)}\n${'x'.repeat(10 * limit)}\nnext\n`),
    Buffer.from([0xff, 0xfe, 0x0a]),
    Buffer.from('last'),
  ])
  for (const chunk of [1000, 65_536, 10_000_000]) {
    const lines = await linesOf(file, chunk)
    t.strictSame(
      lines.map(({ number, text }) => [number, text?.length ?? null]),
      [
        [1, limit],
        [2, null],
        [3, null],
        [4, 4],
        [5, null],
        [6, 4],
      ],
      `chunks of ${chunk}`,
    )
  }
})

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
