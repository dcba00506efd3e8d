import t from 'tap'
import { rolesOf } from '../src/external-roles.js'

const cases: [what: string, claims: unknown, roleClaim: string, roles: string[]][] = [
  ['a word', { role: 'editor' }, 'role', ['editor']],
  ['a list', { role: ['editor', 'admin'] }, 'role', ['editor', 'admin']],
  ['none', {}, 'role', []],
  ['a URL', { 'https://example.com/roles': ['editor'] }, 'https://example.com/roles', ['editor']],
  ['a path', { realm_access: { roles: ['editor'] } }, 'realm_access.roles', ['editor']],
  ['a path through a name with dots', { ra: { 'com.app': { roles: ['editor'] } } }, 'ra.com.app.roles', ['editor']],
  ['the exact name goes first', { 'a.b': 'exact', a: { b: 'path' } }, 'a.b', ['exact']],
  ['the path, where there is no exact name', { a: { b: 'path' } }, 'a.b', ['path']],
  ['a colon', { 'cognito:groups': ['editor'] }, 'cognito:groups', ['editor']],
  ['a list of words is a list, a text is one word', { role: 'editor admin' }, 'role', []],
  ['commas', { role: 'editor,admin' }, 'role', []],
  [
    'what is no name of a role',
    { role: ['Editor', 'a b', '', '1', 'é', 'ok', null, 1, {}, ['nested']] },
    'role',
    ['ok'],
  ],
  ['twice', { role: ['editor', 'editor'] }, 'role', ['editor']],
  ['words that are relations', { role: ['public', 'owner', 'user', 'editor'] }, 'role', ['user', 'editor']],
  ['a number', { role: 1 }, 'role', []],
  ['an object', { role: { admin: true } }, 'role', []],
  ['an inherited name', {}, 'constructor.name', []],
  ['another', {}, '__proto__.role', []],
  ['length of a text', { role: 'admin' }, 'role.length', []],
  ['an element of a list', { role: ['admin'] }, 'role.0', []],
  ['through a text', { a: 'admin' }, 'a.b', []],
  ['through null', { a: null }, 'a.b', []],
  ['dots alone', { '': { '': 'editor' } }, '.', ['editor']],
  ['no claims', null, 'role', []],
]

for (const [what, claims, roleClaim, roles] of cases) t.strictSame(rolesOf(claims, roleClaim), roles, what)
t.strictSame(rolesOf(Object.create({ role: 'admin' }), 'role'), [], 'what is not its own')
t.strictSame(rolesOf(Object.create({ a: { b: 'admin' } }), 'a.b'), [], 'nor on the way')
