import type { Test } from 'tap'
import type { Answer } from '../harness/client.js'
import { PASSWORD } from './people.js'
import type { Stage } from './stage.js'

/** What must hold however requests cross each other, in one process and between several. */
export const races: { name: string; run(t: Test, stage: Stage): Promise<void> }[] = [
  {
    name: 'two password changes with the right current password: one wins',
    async run(t, { calls, call, member }) {
      let { email, access } = await member('change@example.com')
      let current = PASSWORD
      for (let round = 0; round < 5; round++) {
        const wanted = ['one', 'other'].map((name) => `round ${round}, the ${name}`)
        const answers = await Promise.all(
          wanted.map((newPassword, i) =>
            at(calls, i)('POST', '/auth/password/change', { currentPassword: current, newPassword }, access),
          ),
        )
        const won = answers.findIndex(({ status }) => status === 200)
        t.strictSame(answers.map(outcome).sort(), ['200', '401 INVALID_CREDENTIALS'].sort(), `round ${round}`)
        t.strictSame(outcome(await call('GET', '/auth/me', undefined, access)), '401 TOKEN_REVOKED')
        access = answers[won]?.body.accessToken
        t.strictSame(outcome(await call('GET', '/auth/me', undefined, access)), '200')
        const logins = await Promise.all(wanted.map((password) => call('POST', '/auth/login', { email, password })))
        t.strictSame(
          logins.map(({ status }) => status),
          wanted.map((_, i) => (i === won ? 200 : 401)),
          'the password of the winner, and only that',
        )
        current = wanted[won] ?? ''
      }
    },
  },
  {
    name: 'logging out everywhere against requests under way: answered is over',
    async run(t, { calls, access, provision }) {
      const { id } = await provision('everywhere@example.com')
      const seen = new Set<string>()
      for (let round = 0; round < 100; round++) {
        const token = await access(id)
        const me = (i: number) => at(calls, i)('GET', '/auth/me', undefined, token)
        const underWay = [me(0), me(1), me(0)]
        const loggedOut = at(calls, round)('POST', '/auth/logout-all', {}, token)
        underWay.push(me(1), me(0))
        if ((await loggedOut).status !== 200) t.fail(`round ${round}: ${(await loggedOut).text}`)
        const later = await Promise.all([me(0), me(1), me(0), me(1)])
        const alive = later.filter((answer) => outcome(answer) !== '401 TOKEN_REVOKED')
        if (alive.length > 0) t.fail(`round ${round}: ${alive.map(outcome).join()}`)
        for (const answer of await Promise.all(underWay)) seen.add(outcome(answer))
      }
      t.strictSame(
        [...seen].filter((one) => !['200', '401 TOKEN_REVOKED'].includes(one)),
        [],
      )
    },
  },
  {
    name: 'an admin disables somebody who is signing in: no token is left',
    async run(t, { calls, call, member, admin, row }) {
      const { id, email } = await member('disabled@example.com')
      for (let round = 0; round < 8; round++) {
        const logins = [0, 1, 2].map((i) => at(calls, i)('POST', '/auth/login', { email, password: PASSWORD }))
        const disabled = await at(calls, round)('PATCH', `/users/${id}`, { disabled: true }, await admin.access())
        t.equal(outcome(disabled), '200', `round ${round}`)
        const answers = await Promise.all(logins)
        for (const answer of answers) {
          t.match(outcome(answer), /^(200|401 INVALID_CREDENTIALS)$/)
          if (answer.status !== 200) continue
          const me = await call('GET', '/auth/me', undefined, answer.body.accessToken)
          t.equal(outcome(me), '401 TOKEN_REVOKED')
        }
        t.match(await row(id), { disabled: true })
        await call('PATCH', `/users/${id}`, { disabled: false }, await admin.access())
      }
    },
  },
  {
    name: 'two admins take the role from each other, and from themselves: one stays',
    async run(t, { calls, provision, admin, access, row, enabledAdmins }) {
      const { id: other } = await provision('ops@example.com', 'admin')
      const both = [admin.id, other]
      for (let round = 0; round < 30; round++) {
        const change = round % 2 === 0 ? { role: 'user' } : { disabled: true }
        const [one = '', two = ''] = await Promise.all(both.map(access))
        const targets = round % 4 < 2 ? both : [...both].reverse()
        const answers = await Promise.all([
          at(calls, 0)('PATCH', `/users/${targets[0]}`, change, one),
          at(calls, 1)('PATCH', `/users/${targets[1]}`, change, two),
        ])
        const outcomes = answers.map(outcome).sort()
        const enabled = await enabledAdmins()
        if (enabled !== 1) t.fail(`round ${round}: ${enabled} admins, ${outcomes}`)
        if (!/^200,(409 LAST_ADMIN|401 TOKEN_REVOKED|403 FORBIDDEN)$/.test(outcomes.join())) {
          t.fail(`round ${round}: ${outcomes}`)
        }
        const rows = await Promise.all(both.map(row))
        const left = both.find((_, i) => rows[i]?.role === 'admin' && !rows[i].disabled) ?? ''
        const fallen = both.find((id) => id !== left)
        const back = await at(calls, 0)(
          'PATCH',
          `/users/${fallen}`,
          { role: 'admin', disabled: false },
          await access(left),
        )
        if (back.status !== 200) t.fail(`round ${round}: ${back.text}`)
      }
      t.equal(await enabledAdmins(), 2)
    },
  },
  {
    name: 'revocations add up, none is lost',
    async run(t, { calls, provision, admin, row }) {
      const { id } = await provision('revoked@example.com')
      const before = (await row(id))?.tokenVersion ?? Number.NaN
      const access = await admin.access()
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => at(calls, i)('POST', `/users/${id}/revoke`, {}, access)),
      )
      t.strictSame([...new Set(answers.map(outcome))], ['200'])
      t.equal((await row(id))?.tokenVersion, before + 20)
    },
  },
  {
    name: 'a change of role and one of disabled, at once: each ends what was there before it',
    async run(t, { calls, provision, admin, row }) {
      const { id } = await provision('twice@example.com')
      const before = (await row(id))?.tokenVersion ?? Number.NaN
      const access = await admin.access()
      const change = (i: number, body: object) => at(calls, i)('PATCH', `/users/${id}`, body, access)
      for (let round = 1; round <= 20; round++) {
        const role = round % 2 === 0 ? 'user' : 'editor'
        const answers = await Promise.all([change(round, { role }), change(round + 1, { disabled: true })])
        t.strictSame(answers.map(outcome), ['200', '200'])
        t.match(await row(id), { role, disabled: true, tokenVersion: before + 2 * round }, `round ${round}`)
        await change(0, { disabled: false })
      }
    },
  },
  {
    name: 'a user deleted amid everything is gone, and nothing broke',
    async run(t, { calls, call, provision, admin, access, row }) {
      for (let round = 0; round < 8; round++) {
        const { id } = await provision(`deleted-${round}@example.com`)
        const [token, by] = [await access(id), await admin.access()]
        const answers = await Promise.all([
          at(calls, 0)('POST', `/users/${id}/invite`, {}, by),
          at(calls, 1)('PATCH', `/users/${id}`, { role: 'editor' }, by),
          at(calls, 0)('POST', '/auth/logout-all', {}, token),
          at(calls, 1)('DELETE', `/users/${id}`, undefined, by),
          at(calls, 0)('POST', `/users/${id}/revoke`, {}, by),
          at(calls, 1)('PATCH', `/users/${id}`, { disabled: true }, by),
        ])
        t.equal(answers[3]?.status, 200)
        const strange = answers
          .map(outcome)
          .filter((one) => !/^(200|404 NOT_FOUND|401 TOKEN_REVOKED|409 USER_DISABLED)$/.test(one))
        t.strictSame(strange, [], `round ${round}`)
        t.equal(await row(id), undefined)
        t.equal(outcome(await call('GET', '/auth/me', undefined, token)), '401 TOKEN_REVOKED')
      }
    },
  },
  {
    name: 'one address, thirty admins at once: one account',
    async run(t, { calls, admin }) {
      const access = await admin.access()
      const spellings = ['only@example.com', 'ONLY@example.com', ' only@Example.COM ']
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          at(calls, i)('POST', '/users', { email: spellings[i % 3], role: 'user' }, access),
        ),
      )
      t.strictSame(answers.map(outcome).sort(), ['201', ...Array(29).fill('409 DUPLICATE_EMAIL')])
    },
  },
]

/** The client at this place, again from the first after the last. */
export function at<T>(all: readonly T[], index: number): T {
  return all[index % all.length] as T
}

/** Status and code of an answer. */
export function outcome({ status, body }: Pick<Answer, 'status' | 'body'>): string {
  return status < 300 ? String(status) : `${status} ${body?.error?.code}`
}
