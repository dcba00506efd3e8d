import { readFileSync } from 'node:fs'
import { identityEvents } from '@json-express/plugin-identity'
import t from 'tap'
import { eventLines, marksFile, usersFile } from './event-lines.js'
import { type Account, house, PASSWORD } from './house.js'

const PAGE = new URL('../../docs/identity.md', import.meta.url)
/** Of the command line, of boot and of mails: no request causes them. */
const ELSEWHERE = ['admin.seeded', 'admin.reset', 'users.imported', 'mail.sent', 'mail.failed']

const theHouse = await house(t, {}, { 'models/marks.js': marksFile, 'models/users.js': usersFile })
const { server, call, post, login, refresh, register, admin, mailed } = theHouse

const accounts = new Map<string, Account>([['boss', await admin()]])
const get = (name: string): Account => accounts.get(name) ?? { id: '', email: '', accessToken: '', refreshToken: '' }
const emailOf = (name: string) => `${name}@example.com`
/** Makes an account, whose name stands for its id from then on; its latest session is `here`. */
const join = async (name: string) => void accounts.set(name, await register(emailOf(name)))
const keep = async (name: string, answer: Promise<{ body: object }>) =>
  void accounts.set(name, { ...get(name), ...(await answer).body })
const signIn = (name: string) => keep(name, login(emailOf(name)))
const as = (name: string, method: string, path: string, body?: unknown) =>
  call(method, path, body, get(name).accessToken)
const change = (name: string, changes: object, by = 'boss') => as(by, 'PATCH', `/users/${get(name).id}`, changes)
const several = async (times: number, work: () => Promise<unknown>) => {
  for (let i = 0; i < times; i++) await work()
}
const refused = (name: string) => [
  ...Array<string>(5).fill(`! password.refused ${name} (here) : INVALID_CREDENTIALS`),
  `! login.locked ${name} (here)`,
  `! password.refused ${name} (here) : ACCOUNT_LOCKED`,
]
const passwords = { currentPassword: PASSWORD, newPassword: PASSWORD }
let token = ''

type Step = [route: string, what: string, run: () => Promise<unknown>, expected: readonly string[]]
const steps: Step[] = [
  ['POST /auth/register', '', () => join('ann'), ['user.registered ann', 'login.succeeded ann (here)']],
  [
    'POST /auth/register',
    'a known address',
    () => post('/auth/register', { email: emailOf('ann'), password: PASSWORD }),
    [],
  ],
  [
    'POST /auth/verify',
    '',
    async () => post('/auth/verify', { token: await mailed(emailOf('ann')) }),
    ['email.verified ann'],
  ],
  ['POST /auth/verify', 'rubbish', () => post('/auth/verify', { token: 'rubbish' }), []],
  [
    'POST /auth/verify/resend',
    '',
    () => post('/auth/verify/resend', { email: emailOf('ann') }),
    ['verification.requested nobody'],
  ],
  ['POST /auth/login', '', () => signIn('ann'), ['login.succeeded ann (here)']],
  [
    'POST /auth/login',
    'a wrong password',
    () => login(emailOf('ann'), 'wrong'),
    ['! login.failed ann : INVALID_CREDENTIALS'],
  ],
  [
    'POST /auth/login',
    'an unknown address',
    () => login(emailOf('nobody')),
    ['! login.failed nobody : INVALID_CREDENTIALS'],
  ],
  ['POST /auth/login', 'no address at all', () => login('nobody'), ['! login.failed nobody : INVALID_CREDENTIALS']],
  ['POST /auth/refresh', '', () => keep('ann', refresh(get('ann').refreshToken)), ['session.refreshed ann (here)']],
  ['POST /auth/refresh', 'rubbish', () => refresh('rubbish'), []],
  [
    'POST /auth/refresh',
    'a token two generations old',
    async () => {
      const { refreshToken } = get('ann')
      await refresh((await refresh(refreshToken)).body.refreshToken)
      await refresh(refreshToken)
    },
    [
      'session.refreshed ann (here)',
      'session.refreshed ann (here)',
      '! session.reused ann (here) : a refresh token was used a second time',
    ],
  ],
  ['POST /auth/login', 'again', () => signIn('ann'), ['login.succeeded ann (here)']],
  [
    'POST /auth/logout',
    '',
    () => post('/auth/logout', { refreshToken: get('ann').refreshToken }),
    ['session.ended ann (here)'],
  ],
  ['POST /auth/logout', 'rubbish', () => post('/auth/logout', { refreshToken: 'rubbish' }), []],
  [
    'DELETE /auth/sessions/:id',
    'another one, twice',
    async () => {
      await signIn('ann')
      const [{ id }] = (await as('ann', 'GET', '/auth/sessions')).body
      await signIn('ann')
      await several(2, () => as('ann', 'DELETE', `/auth/sessions/${id}`))
    },
    ['login.succeeded ann (elsewhere)', 'login.succeeded ann (here)', 'session.ended ann (elsewhere)'],
  ],
  ['GET /auth/me', '', () => as('ann', 'GET', '/auth/me'), []],
  ['GET /auth/sessions', '', () => as('ann', 'GET', '/auth/sessions'), []],
  ['GET /auth/password/reset', '', () => call('GET', '/auth/password/reset'), []],
  ['GET /auth/verify', '', () => call('GET', '/auth/verify'), []],
  [
    'POST /auth/password/change',
    '',
    () => keep('ann', as('ann', 'POST', '/auth/password/change', passwords)),
    ['password.changed ann (here)'],
  ],
  [
    'POST /auth/password/change',
    'to a weak one',
    () => as('ann', 'POST', '/auth/password/change', { ...passwords, newPassword: 'weak' }),
    [],
  ],
  [
    'POST /auth/password/change',
    'wrong passwords',
    () => several(6, () => as('ann', 'POST', '/auth/password/change', { ...passwords, currentPassword: 'wrong' })),
    refused('ann'),
  ],
  ['POST /auth/login', 'locked', () => login(emailOf('ann')), ['! login.failed ann : ACCOUNT_LOCKED']],
  ['POST /auth/logout-all', '', () => as('ann', 'POST', '/auth/logout-all', {}), ['sessions.ended ann (here)']],
  ['POST /auth/register', 'ben', () => join('ben'), ['user.registered ben', 'login.succeeded ben (here)']],
  [
    'POST /auth/email/change',
    '',
    () => as('ben', 'POST', '/auth/email/change', { newEmail: emailOf('benny'), password: PASSWORD }),
    ['email.requested ben (here)'],
  ],
  [
    'POST /auth/email/change',
    'wrong passwords',
    () => several(6, () => as('ben', 'POST', '/auth/email/change', { newEmail: emailOf('benny'), password: 'wrong' })),
    refused('ben'),
  ],
  [
    'POST /auth/verify',
    'a new address',
    async () => post('/auth/verify', { token: await mailed(emailOf('benny')) }),
    ['email.changed ben'],
  ],
  ['POST /auth/register', 'cleo', () => join('cleo'), ['user.registered cleo', 'login.succeeded cleo (here)']],
  [
    'POST /auth/login',
    'wrong passwords',
    () => several(5, () => login(emailOf('cleo'), 'wrong')),
    [...Array<string>(5).fill('! login.failed cleo : INVALID_CREDENTIALS'), '! login.locked cleo'],
  ],
  [
    'POST /auth/password/forgot',
    '',
    () => post('/auth/password/forgot', { email: emailOf('cleo') }),
    ['password.requested nobody'],
  ],
  ['PATCH /users/:id', 'his own field', () => change('cleo', { city: 'Ulm' }, 'cleo'), []],
  ['POST /auth/register', 'dora', () => join('dora'), ['user.registered dora', 'login.succeeded dora (here)']],
  [
    'DELETE /auth/me',
    'a wrong password',
    () => as('dora', 'DELETE', '/auth/me', { password: 'wrong' }),
    refused('dora').slice(0, 1),
  ],
  ['DELETE /auth/me', '', () => as('dora', 'DELETE', '/auth/me', { password: PASSWORD }), ['user.deleted dora (here)']],

  [
    'POST /users',
    '',
    async () => {
      await keep('gus', as('boss', 'POST', '/users', { email: emailOf('gus'), role: 'editor' }))
      token = await mailed(emailOf('gus'))
    },
    ['user.created gus by boss as editor'],
  ],
  ['POST /users', 'a known address', () => as('boss', 'POST', '/users', { email: emailOf('gus') }), []],
  ['POST /users', 'by no admin', () => as('cleo', 'POST', '/users', { email: emailOf('other') }), []],
  [
    'POST /auth/password/reset',
    '',
    () => post('/auth/password/reset', { token, newPassword: PASSWORD }),
    ['password.reset gus'],
  ],
  ['POST /auth/password/reset', 'used', () => post('/auth/password/reset', { token, newPassword: PASSWORD }), []],
  [
    'POST /users/:id/invite',
    '',
    () => as('boss', 'POST', `/users/${get('gus').id}/invite`),
    ['user.invited gus by boss'],
  ],
  [
    'POST /users/:id/revoke',
    '',
    () => as('boss', 'POST', `/users/${get('gus').id}/revoke`),
    ['user.revoked gus by boss'],
  ],
  ['PATCH /users/:id', 'role', () => change('gus', { role: 'author' }), ['role.changed gus by boss as author']],
  ['PATCH /users/:id', 'disabled', () => change('gus', { disabled: true }), ['user.disabled gus by boss']],
  ['POST /users/:id/invite', 'disabled', () => as('boss', 'POST', `/users/${get('gus').id}/invite`), []],
  [
    'PATCH /users/:id',
    'both',
    () => change('gus', { role: 'user', disabled: false }),
    ['role.changed gus by boss as user', 'user.enabled gus by boss'],
  ],
  ['PATCH /users/:id', 'what is so already', () => change('gus', { role: 'user', disabled: false, city: 'Ulm' }), []],
  ['PATCH /users/:id', 'the last admin', () => change('boss', { disabled: true }), []],
  [
    'DELETE /users/:id',
    'twice',
    () => several(2, () => as('boss', 'DELETE', `/users/${get('gus').id}`)),
    ['user.deleted gus by boss'],
  ],
]

const seen = new Set<string>()
for (const [route, what, run, expected] of steps) {
  t.test(`${route} ${what}`.trim(), async (t) => {
    const lines = await eventLines(theHouse, accounts, run)
    for (const line of lines) seen.add(line.replace('! ', '').split(' ')[0] ?? '')
    t.strictSame(lines, expected)
  })
}

t.test('no route was left out', async (t) => {
  const [, section = ''] = /^## Routes$([\s\S]*?)^## /m.exec(readFileSync(PAGE, 'utf8')) ?? []
  const documented = [...section.matchAll(/`((?:GET|POST|DELETE) \/[^`]+)`/g)].map(([, route = '']) => route)
  t.ok(documented.length > 15)
  const tried = new Set(steps.map(([route]) => route))
  t.strictSame(
    documented.filter((route) => !tried.has(route)),
    [],
  )
})

t.test('every event that a request can cause was one of these', async (t) => {
  t.strictSame([...seen].sort(), identityEvents.filter((name) => !ELSEWHERE.includes(name)).sort())
})

t.test('without a request: the first admin, and mails', async (t) => {
  t.match(server.output(), `"event":"admin.seeded","userId":"${get('boss').id}"`)
  t.match(server.output(), /"event":"mail\.sent","userId":"[^"]+","kind":"invite","intentId":"[^"]+"/)
})
