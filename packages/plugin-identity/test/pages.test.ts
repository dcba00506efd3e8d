import { createHash } from 'node:crypto'
import { authSettingsSchema } from '@json-express/core'
import { createHost } from '@json-express/testing'
import t from 'tap'
import { identityOf } from '../src/identity.js'
import { resetPage } from '../src/pages/reset-page.js'

async function page(appName: string) {
  const settings = { auth: { email: { appName } } }
  const app = createHost({ schemas: { auth: authSettingsSchema }, settings })
  await app.register(resetPage, { identity: identityOf(app.settings) })
  const response = await app.inject('/password/reset')
  await app.close()
  return response
}

t.test('the policy allows exactly the script and the style of the page', async (t) => {
  const { body, headers, statusCode } = await page('Shop')
  t.equal(statusCode, 200)
  t.match(headers, { 'content-type': 'text/html; charset=utf-8', 'referrer-policy': 'no-referrer' })
  const policy = String(headers['content-security-policy'])
  t.match(policy, /^default-src 'none'; /)
  t.match(policy, /connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'/)
  t.notMatch(policy, /unsafe|https?:|\*/)
  for (const tag of ['script', 'style']) {
    const [, inline = ''] = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(body) ?? []
    const hash = createHash('sha256').update(inline).digest('base64')
    t.ok(inline.length > 100 && policy.includes(`${tag}-src 'sha256-${hash}'`), tag)
  }
  t.equal(body.match(/<script/g)?.length, 1)
  t.notMatch(body, / on[a-z]+="| style="|src="|https?:/, 'nothing inline but these, nothing from elsewhere')
})

t.test('it can be used without eyes, mouse and script', async (t) => {
  const { body } = await page('Shop')
  t.match(body, /<html lang="en">/)
  t.match(body, /<label for="password">/)
  t.match(body, /autocomplete="new-password"/)
  t.match(body, /aria-live="polite"/)
  t.match(body, /<noscript>/)
})

t.test('the name of the app stays text', async (t) => {
  const { body } = await page('</title><script>alert(1)</script>')
  t.notMatch(body, /<script>alert/)
  t.match(body, /&lt;script&gt;alert\(1\)/)
})

t.test('no name of an app adds a tag or an attribute to the page', async (t) => {
  const evil = [
    '" autofocus onfocus=alert(1) x="',
    "'-alert(1)-'",
    '</style><style>',
    '<!--',
    ']]>',
    '&lt;script&gt;',
    '$&',
  ]
  const marks = (html: string) => html.replaceAll(/[^<>"]/g, '')
  const plain = await page('Shop')
  for (const appName of evil) {
    const { body, headers } = await page(appName)
    t.equal(marks(body), marks(plain.body), appName)
    t.equal(headers['content-security-policy'], plain.headers['content-security-policy'])
  }
})
