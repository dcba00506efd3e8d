import type { Rule } from '@json-express/core'
import t from 'tap'
import { ruleOfRoute } from '../src/rule-of-route.js'

interface Case {
  url?: string
  config?: { access?: Rule; auth?: false }
  exclude?: string[]
  required?: boolean
  rule: Rule | null
}

const cases: Case[] = [
  { rule: 'user' },
  { required: false, rule: 'public' },
  { config: { access: 'admin' }, rule: 'admin' },
  { config: { access: 'admin' }, required: false, rule: 'admin' },
  { config: { access: false }, required: false, rule: false },
  { config: { access: ['editor', 'owner'] }, rule: ['editor', 'owner'] },
  { config: { auth: false }, rule: null },

  { url: '/auth', exclude: ['/auth'], rule: null },
  { url: '/auth/', exclude: ['/auth'], rule: null },
  { url: '/auth/me', exclude: ['/auth'], rule: null },
  { url: '/auth/me', exclude: ['auth'], rule: null },
  { url: '/auth/me', exclude: ['/auth/'], rule: null },
  { url: '/auth/:id', exclude: ['/x', '/auth'], rule: null },
  { url: '/auth/me', exclude: ['/auth'], required: false, rule: null },
  { url: '/authors', exclude: ['/auth'], required: false, rule: 'public' },
  { url: '/auth/me', exclude: ['/auth'], config: { access: 'public' }, rule: 'public' },
  { url: '/auth/me', exclude: ['/auth'], config: { access: 'user' }, rule: 'user' },
  { url: '/authors', exclude: ['/auth'], rule: 'user' },
  { url: '/auth-x', exclude: ['/auth'], rule: 'user' },
  { url: '/Auth', exclude: ['/auth'], rule: 'user' },
  { url: '/auth', exclude: ['/auth/me'], rule: 'user' },
  { url: '/:any', exclude: ['/auth'], rule: 'user' },
  { url: '*', exclude: ['/auth'], rule: 'user' },
  { url: '/x/auth', exclude: ['/auth'], rule: 'user' },
  ...['', '/', '//'].map((entry): Case => ({ url: '/articles', exclude: [entry], rule: 'user' })),
]

for (const { url = '/articles', config, exclude = [], required = true, rule } of cases) {
  const settings = `${exclude.length > 0 ? ` exclude ${JSON.stringify(exclude)}` : ''}${required ? '' : ' not required'}`
  t.strictSame(
    ruleOfRoute({ url, ...(config && { config }) }, { exclude, required }),
    rule,
    `${url} ${JSON.stringify(config ?? {})}${settings}`,
  )
}

t.throws(
  () => ruleOfRoute({ url: '/x', config: { auth: false, access: 'admin' } }, { exclude: [], required: true }),
  { name: 'BootError', message: /\/x/ },
  'open and ruled at once is a contradiction',
)

for (const access of [null, true, [], '', 'Admin', 7, {}, ['admin', 'Editor']]) {
  t.throws(
    () => ruleOfRoute({ url: '/x', config: { access: access as Rule } }, { exclude: ['/x'], required: false }),
    { name: 'BootError', message: /The route \/x .* access / },
    `${JSON.stringify(access)} is no rule`,
  )
}
