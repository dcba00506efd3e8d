import { createHash } from 'node:crypto'
import { authSettingsSchema, readAuthSettings } from '@json-express/core'
import { createHost } from '@json-express/testing'
import t from 'tap'
import { resetPage } from '../src/pages/reset-page.js'
import { verifyPage } from '../src/pages/verify-page.js'
import { de } from '../src/texts/de.js'
import { en } from '../src/texts/en.js'

const PAGES = [
  [resetPage, '/password/reset'],
  [verifyPage, '/verify'],
] as const

async function page(appName: string, [plugin, path]: (typeof PAGES)[number] = PAGES[0], texts = en, locale = 'en') {
  const settings = { auth: { email: { appName, locale } } }
  const app = createHost({ schemas: { auth: authSettingsSchema }, settings })
  await app.register(plugin, { settings: readAuthSettings(app.settings), texts })
  const response = await app.inject(path)
  await app.close()
  return response
}

t.test('in the language of the app, each text in its place', async (t) => {
  for (const one of PAGES) {
    const { body } = await page('Shop', one, de, 'de')
    t.match(body, '<html lang="de">')
    t.notMatch(body, /\{\{|undefined|password is|address/i, 'nothing is left in English')
  }
})

t.test('texts of the app stay text, in the page and in what its script reads', async (t) => {
  const evil = `</script><img src=x onerror=alert(1)>"'\u2028`
  const texts = { ...en, pages: Object.fromEntries(Object.keys(en.pages).map((key) => [key, evil])) as never }
  for (const one of PAGES) {
    const { body } = await page('Shop', one, texts)
    t.notMatch(body, /<img/)
    t.equal(body.match(/<\/script>/g)?.length, 1)
  }
})

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
