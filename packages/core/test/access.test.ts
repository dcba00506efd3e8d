import t from 'tap'
import { implies, may, mayForSome, ownOnly, type User } from '../src/index.js'

const user: User = { id: 'u1', role: 'user', sessionId: null, claims: {} }
const editor: User = { ...user, role: 'editor' }
const admin: User = { ...user, role: 'admin' }

t.test('may', async (t) => {
  t.ok(may(null, 'public'))
  t.notOk(may(null, 'user'))
  t.ok(may(user, 'user'))
  t.notOk(may(user, 'owner'))
  t.ok(may(user, 'owner', true))
  t.notOk(may(null, 'owner', true), 'nobody owns nothing')
  t.ok(may(editor, ['editor', 'owner']))
  t.notOk(may(user, ['editor', 'owner']))
  t.ok(may(admin, 'editor'), 'admin passes every rule')
  t.notOk(may(admin, false, true), 'except false')
})

t.test('routes decide what they can before there is a record', async (t) => {
  t.ok(mayForSome(user, 'owner'))
  t.notOk(mayForSome(null, 'owner'))
  t.ok(ownOnly(user, 'owner'))
  t.notOk(ownOnly(admin, 'owner'))
  t.notOk(ownOnly(user, ['owner', 'public']))
})

t.test('implies', async (t) => {
  t.ok(implies('admin', 'owner'))
  t.ok(implies(false, 'admin'))
  t.ok(implies(['owner'], ['owner', 'admin']))
  t.ok(implies('editor', 'user'))
  t.ok(implies('user', 'public'))
  t.notOk(implies('public', 'user'))
  t.notOk(implies('user', 'owner'))
  t.notOk(implies('editor', 'owner'))
  t.notOk(implies('admin', false))
})

t.test('several roles are any of them, none of them is a keyword', async (t) => {
  const both = { id: 'x', role: 'editor', roles: ['editor', 'shop'], sessionId: null, claims: {} }
  t.ok(may(both, 'editor'))
  t.ok(may(both, ['author', 'shop']))
  t.notOk(may(both, 'admin'))
  t.notOk(may(both, false))
  t.notOk(may({ ...both, roles: ['owner', 'public'] }, 'owner'), 'a role called owner owns nothing')
  t.ok(may({ ...both, roles: ['editor', 'admin'] }, 'author'), 'admin among them is admin')
})
