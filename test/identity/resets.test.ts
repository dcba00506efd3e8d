import t from 'tap'
import { carelessKv } from './careless-kv.js'
import { PASSWORD } from './people.js'
import { at, outcome } from './races.js'
import { type Stage, stage } from './stage.js'

t.test('two processes, a shared store where nothing is atomic and nothing goes away', async (t) => {
  const theStage = await stage(t, { servers: 2, dependencies: { 'careless-kv': '*' }, files: carelessKv })
  const { calls, call, provision, member, admin } = theStage

  await t.test('twenty resets with one token at once: exactly one counts', async (t) => {
    for (let round = 0; round < 3; round++) {
      const email = `race-${round}@example.com`
      const { token } = await provision(email)
      const wanted = Array.from({ length: 20 }, (_, i) => `round ${round}, password ${i}`)
      const answers = await Promise.all(
        wanted.map((newPassword, i) => at(calls, i)('POST', '/auth/password/reset', { token, newPassword })),
      )
      t.strictSame(answers.map(outcome).sort(), ['200', ...Array(19).fill('400 INVALID_LINK')])
      const won = answers.findIndex(({ status }) => status === 200)
      for (const one of calls) {
        t.equal(outcome(await one('POST', '/auth/login', { email, password: wanted[won] })), '200')
        t.equal(
          outcome(await one('POST', '/auth/login', { email, password: wanted[(won + 1) % 20] })),
          '401 INVALID_CREDENTIALS',
        )
        const again = await one('POST', '/auth/password/reset', { token, newPassword: PASSWORD })
        t.equal(outcome(again), '400 INVALID_LINK', 'used is used, though the store still has it')
      }
    }
  })

  await t.test('a reset against sign-ins with the old password: no token of theirs is left', async (t) => {
    for (let round = 0; round < 4; round++) {
      const { id, email } = await member(`old-${round}@example.com`)
      const token = await resetLink(theStage, id, email)
      const logins = [0, 1, 2, 3].map((i) => at(calls, i)('POST', '/auth/login', { email, password: PASSWORD }))
      const reset = await call('POST', '/auth/password/reset', { token, newPassword: 'a new one, and longer' })
      t.equal(outcome(reset), '200')
      for (const login of await Promise.all(logins)) {
        t.match(outcome(login), /^(200|401 INVALID_CREDENTIALS)$/)
        if (login.status !== 200) continue
        t.equal(outcome(await call('GET', '/auth/me', undefined, login.body.accessToken)), '401 TOKEN_REVOKED')
      }
    }
  })

  await t.test('whatever revokes a user kills his link', async (t) => {
    const revocations: [what: string, run: (id: string) => Promise<unknown>][] = [
      ['revoke', async (id) => call('POST', `/users/${id}/revoke`, {}, await admin.access())],
      ['role', async (id) => call('PATCH', `/users/${id}`, { role: 'editor' }, await admin.access())],
      ['disable', async (id) => call('PATCH', `/users/${id}`, { disabled: true }, await admin.access())],
      ['delete', async (id) => call('DELETE', `/users/${id}`, undefined, await admin.access())],
    ]
    for (const [what, revoke] of revocations) {
      const { id, token } = await provision(`link-${what}@example.com`)
      await revoke(id)
      for (const one of calls) {
        const answer = await one('POST', '/auth/password/reset', { token, newPassword: PASSWORD })
        t.equal(outcome(answer), '400 INVALID_LINK', what)
      }
    }
  })

  await t.test('what is no token is no link, for a user who has none either', async (t) => {
    const odd = ['', ' ', 'null', 'undefined', '0', 'A'.repeat(43), 'A'.repeat(10_000), '../../secret']
    for (const token of odd) {
      const answer = await call('POST', '/auth/password/reset', { token, newPassword: PASSWORD })
      t.equal(outcome(answer), '400 INVALID_LINK', token.slice(0, 20))
    }
    for (const token of [null, 0, [], {}, [''], true, undefined]) {
      const answer = await call('POST', '/auth/password/reset', { token, newPassword: PASSWORD })
      t.equal(outcome(answer), '400 VALIDATION_FAILED', JSON.stringify(token))
    }
  })
})

t.test('two processes, each with its own store: a link is good only where it was made, and once', async (t) => {
  const { calls, provision } = await stage(t, { servers: 2 })
  const { token } = await provision('own@example.com')
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      at(calls, i)('POST', '/auth/password/reset', { token, newPassword: `password number ${i}` }),
    ),
  )
  const [here, there] = [0, 1].map((server) => answers.filter((_, i) => i % 2 === server).map(outcome))
  t.strictSame(here?.sort(), ['200', ...Array(9).fill('400 INVALID_LINK')])
  t.strictSame(there, Array(10).fill('400 INVALID_LINK'))
})

/** Has an admin send a link to a user who has a password, and reads the second mail with one. */
async function resetLink({ calls, admin, mailed }: Stage, id: string, email: string): Promise<string> {
  const { status, text } = await at(calls, 0)('POST', `/users/${id}/invite`, {}, await admin.access())
  if (status !== 200) throw new Error(`invite: ${status} ${text}`)
  return mailed(email, 2)
}
