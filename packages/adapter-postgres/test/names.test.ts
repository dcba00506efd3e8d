import t from 'tap'
import { constraintName } from '../src/names.js'

t.test('names are readable while they are short', async (t) => {
  t.equal(constraintName('users', 'email', 'unique'), 'users.email.unique')
  t.equal(constraintName('a'.repeat(54), 'b', 'index').length, 62)
})

t.test('long names do not become the same by being cut', async (t) => {
  const long = 'n'.repeat(62)
  const kinds = ['key', 'unique', 'index', 'reference'] as const
  const names = ['x', 'y'].flatMap((end) => kinds.map((kind) => constraintName(long, long + end, kind)))
  t.equal(new Set(names).size, names.length)
  for (const name of names) t.ok(Buffer.byteLength(name) <= 63, name)
})
