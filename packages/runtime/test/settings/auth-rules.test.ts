import t from 'tap'
import { authRules } from '../../src/settings/auth-rules.js'

const SECRET = '8Zb1yJq0W3oVtX5uEwG7kLm9NpQrStUvWxYz0123456'
/** 64 bytes. */
const LONG = '8Zb1yJq0W3oVtX5uEwG7kLm9NpQrStUvWxYz01234568Zb1yJq0W3oVtX5uEwG7kL'
const KEYS = 'https://id.example.com/jwks.json'
const DEFAULTS: Record<string, unknown> = {
  ...{ 'auth.secret': SECRET, 'auth.previousSecrets': [], 'auth.refreshTtl': 7, 'auth.refreshMaxAge': 90 },
  ...{ 'auth.password.minLength': 8, 'auth.password.maxLength': 256, 'auth.requireVerifiedEmail': false },
}

const problems = (settings: object, production = true, mails = true) => {
  const all = { ...DEFAULTS, ...settings } as Record<string, unknown>
  const { problems, warnings } = authRules((key) => all[key], { production, mails })
  return { problems, warnings }
}

t.test('what is in order has no problems', async (t) => {
  for (const settings of [
    {},
    { 'auth.secret': LONG, 'auth.previousSecrets': [`${LONG}x`], 'auth.algorithms': ['HS512', 'HS256'] },
    { 'auth.previousSecrets': [`${SECRET}x`] },
    { 'auth.secret': undefined, 'auth.jwksUri': KEYS, 'auth.issuer': 'i', 'auth.audience': 'a' },
    { 'auth.secret': undefined, 'auth.jwksUri': KEYS, 'auth.jwksIssuer': 'any', 'auth.jwksAudience': 'any' },
    { 'auth.jwksUri': KEYS, 'auth.jwksIssuer': 'i', 'auth.jwksAudience': 'a' },
    { 'auth.jwksUri': KEYS, 'auth.algorithms': ['RS256'], 'auth.issuer': 'i', 'auth.audience': 'a' },
    {
      'auth.secret': undefined,
      'auth.jwksUri': KEYS,
      'auth.issuer': 'i',
      'auth.jwksIssuer': 'i',
      'auth.jwksAudience': 'a',
    },
    { 'auth.jwksUri': KEYS, 'auth.jwksIssuer': 'i', 'auth.jwksAudience': 'a', 'auth.algorithms': ['RS256', 'HS256'] },
  ]) {
    t.strictSame(problems(settings), { problems: [], warnings: [] }, JSON.stringify(settings))
  }
})

t.test('contradictions stop boot in every mode', async (t) => {
  for (const [settings, problem] of [
    [{ 'auth.algorithms': ['RS256'] }, /auth\.algorithms has no HS entry.*Add HS256/],
    [{ 'auth.jwksUri': KEYS, 'auth.algorithms': ['HS256'] }, /HS entries alone.*RS256/],
    [
      { 'auth.jwksUri': KEYS, 'auth.issuer': 'i', 'auth.jwksIssuer': 'i' },
      /jex\.auth\.issuer and jex\.auth\.jwksIssuer are the same/,
    ],
    [{ 'auth.refreshTtl': 91 }, /refreshTtl is longer than jex\.auth\.refreshMaxAge/],
    [{ 'auth.password.minLength': 128, 'auth.password.maxLength': 64 }, /no password could fit/],
  ] as const) {
    t.match(problems(settings, false).problems, [problem])
  }
  t.match(problems({ 'auth.requireVerifiedEmail': true }, false, false).problems, [/npm install .*email-console/])
  t.strictSame(problems({ 'auth.requireVerifiedEmail': true }).problems, [])
})

t.test('carelessness stops production, and is a warning elsewhere', async (t) => {
  for (const [settings, ...lines] of [
    [{ 'auth.secret': undefined }, /auth\.secret is missing/],
    [{ 'auth.secret': 'short' }, /auth\.secret is shorter than 32 bytes/],
    [
      { 'auth.previousSecrets': ['short'] },
      /^An entry of jex\.auth\.previousSecrets is shorter than 32 bytes, which HS256 needs\. Remove it, or correct it to the secret/,
    ],
    [
      { 'auth.algorithms': ['HS256', 'HS384'] },
      /auth\.secret is shorter than 48 bytes, which HS384 needs\. Make one with: .*randomBytes\(48\)/,
    ],
    [
      { 'auth.algorithms': ['HS512', 'HS256'], 'auth.previousSecrets': [SECRET, LONG] },
      /auth\.secret is shorter than 64 bytes, which HS512 needs\. .*randomBytes\(64\)/,
      /^An entry of jex\.auth\.previousSecrets is shorter than 64 bytes/,
    ],
    [{ 'auth.jwksUri': KEYS }, /auth\.jwksIssuer is missing.*the word any/, /auth\.jwksAudience is missing/],
    [
      { 'auth.jwksUri': KEYS, 'auth.issuer': 'local', 'auth.audience': 'local' },
      /auth\.jwksIssuer is missing/, // with a secret those two are about local tokens
      /auth\.jwksAudience is missing/,
    ],
  ] as const) {
    const strict = problems(settings)
    t.equal(strict.problems.length, lines.length)
    t.match(strict.problems, lines)
    t.strictSame(problems(settings, false), { problems: [], warnings: strict.problems })
  }
})
