import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { isGuessable } from '../../src/settings/guessable.js'

for (const secret of [
  'your-super-secret-jwt-token-with-at-least-32-characters-long',
  'super-secret-jwt-token-with-at-least-32-characters-long',
  'a-string-secret-at-least-256-bits-long',
  'your-256-bit-secret',
  'CHANGE THIS TO SOMETHING LONG AND RANDOM',
  'REPLACE_ME_WITH_32_CHARACTERS_OR_MORE_0123',
  'insecure-development-key-do-not-deploy-1',
  'mysecretmysecretmysecretmysecret',
  '0123456789abcdef0123456789abcdef',
  '12345678901234567890123456789012',
  'abcdefghijklmnopqrstuvwxyz0123456789',
  'zyxwvutsrqponmlkjihgfedcba98765432',
  'qwertyuiopasdfghjklzxcvbnm123456',
  'f3Kq9'.repeat(7),
  'x'.repeat(64),
  'abababcdcdcdefefefabcdefabcdefab',
  '<generate with openssl rand -base64 32, please>',
  '<32 random bytes: openssl rand -base64 32>',
  '<as before, so that nobody has to sign in again>',
  ['$', '{JWT_SIGNING_KEY_OF_THIS_SERVER}'].join(''),
  '{{ .Values.auth.signingKey | b64enc }}',
  '$AUTH_SIGNING_KEY_OF_THE_SERVER_HERE',
  '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7',
  '404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970',
]) {
  t.test(`${secret} is one that anybody would try`, async (t) => t.ok(isGuessable(secret)))
}

t.test('what this project prints for a secret to be filled in', async (t) => {
  for (const file of ['examples/quickstart/.env', 'docs/deployment.md', 'docs/settings.md', 'README.md']) {
    const text = readFileSync(new URL(`../../../../${file}`, import.meta.url), 'utf8')
    for (const [, secret = ''] of text.matchAll(/(?:auth\.secret|AUTH__SECRET)=([^\n`]+)/g))
      t.ok(isGuessable(secret), secret)
  }
})

t.test('no random text is', async (t) => {
  const refused: string[] = []
  for (let n = 0; n < 20_000; n++) {
    const bytes = createHash('sha256').update(`${n}`).digest() // the same in every run
    const texts = [bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')]
    for (const text of [...texts, bytes.toString('hex').slice(32)]) if (isGuessable(text)) refused.push(text)
  }
  t.same(refused, [])
})

t.test("nor a sentence of one's own", async (t) => {
  for (const own of ['correct horse battery staple on a sunday', 'Tr0ub4dor&3, and a <b>few</b> more of these']) {
    t.notOk(isGuessable(own), own)
  }
})
