import axe from 'axe-core'
import type { Page } from 'playwright-core'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { openBrowser } from '../harness/browser.js'
import { client } from '../harness/client.js'
import { startServer } from '../harness/server.js'

const PASSWORD = 'correct horse battery'
const browser = await openBrowser(t)

async function house(env: Record<string, string> = {}) {
  const server = await startServer(t, appFolder(t), { env })
  const call = client(server.url)
  /** The link that a registration mails. */
  const register = async (email: string) => {
    const { body } = await call('POST', '/auth/register', { email, password: PASSWORD })
    const mail = new RegExp(`${email}[\\s\\S]*?^(http://localhost:\\d+/auth/verify#token=[\\w-]{43})$`, 'm')
    return { link: (await server.printed(mail))[1] ?? '', access: String(body.accessToken) }
  }
  const reset = async (email: string) => {
    await call('POST', '/auth/password/forgot', { email })
    const mail = new RegExp(`${email}[\\s\\S]*?^(http://localhost:\\d+/auth/password/reset#token=[\\w-]{43})$`, 'm')
    return (await server.printed(mail))[1] ?? ''
  }
  return { call, register, reset, me: (access: string) => call('GET', '/auth/me', undefined, access) }
}

const { register, reset, me } = await house()
const message = (page: Page) => page.getByRole('status')

t.test('opening the link changes nothing, its button verifies the address, once', async (t) => {
  const { link, access } = await register('ann@example.com')
  const page = await browser.newPage()
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(link)
  t.notMatch(page.url(), /token/)
  t.match((await me(access)).body, { emailVerified: false })
  await page.getByRole('button', { name: 'Confirm this address' }).click()
  await message(page).getByText('Your address is confirmed.').waitFor()
  t.match((await me(access)).body, { emailVerified: true })
  t.notMatch(asked.join('\n'), link.split('=')[1] ?? '', 'no URL holds the token')
  await page.goto('about:blank')
  await page.goto(link)
  await page.getByRole('button').click()
  await message(page)
    .getByText(/link has been used/)
    .waitFor()
})

t.test('by keyboard alone: the button has the focus, the message gets it', async (t) => {
  const { link, access } = await register('keys@example.com')
  const page = await browser.newPage()
  await page.goto(link)
  await page.keyboard.press('Enter')
  await message(page).getByText('Your address is confirmed.').waitFor()
  t.equal(await page.evaluate('document.activeElement.id'), 'message')
  t.match((await me(access)).body, { emailVerified: true })
  const other = await browser.newPage()
  await other.goto(await reset('keys@example.com'))
  await other.keyboard.type('short')
  await other.keyboard.press('Enter')
  await message(other).getByText('at least 8 characters').waitFor()
  t.equal(await other.evaluate('document.activeElement.id'), 'password', 'back to where it can be mended')
  t.equal(await other.getByLabel('New password').getAttribute('aria-invalid'), 'true')
  await other.keyboard.press('Tab')
  await other.keyboard.press('Space')
  t.equal(await other.getByLabel('New password').getAttribute('type'), 'text', 'shown on request')
  await other.getByLabel('New password').fill('another good password')
  await other.keyboard.press('Enter')
  await message(other).getByText('Your password is set').waitFor()
})

t.test('what failed for no reason of the reader can be tried again, by keyboard alone', async (t) => {
  const { link, access } = await register('again@example.com')
  const verify = await browser.newPage()
  await verify.route('**/auth/verify', (route) =>
    route.request().method() === 'POST' ? route.abort() : route.continue(),
  )
  await verify.goto(link)
  await verify.keyboard.press('Enter')
  await message(verify).getByText('The server cannot be reached').waitFor()
  t.equal(await verify.evaluate('document.activeElement.id'), 'submit')
  await verify.unroute('**/auth/verify')
  await verify.keyboard.press('Enter')
  await message(verify).getByText('Your address is confirmed.').waitFor()
  t.match((await me(access)).body, { emailVerified: true })

  const other = await browser.newPage()
  const busy = { status: 503, json: { error: { code: 'UNAVAILABLE', message: 'busy' } } }
  await other.route('**/auth/password/reset', (route) =>
    route.request().method() === 'POST' ? route.fulfill(busy) : route.continue(),
  )
  await other.goto(await reset('again@example.com'))
  const field = other.getByLabel('New password')
  await other.keyboard.press('Enter')
  await message(other).getByText('Type a password first.').waitFor()
  t.equal(await field.getAttribute('aria-invalid'), 'true')
  await other.keyboard.type('another good password')
  t.equal(await field.getAttribute('aria-invalid'), null, 'whatever is typed next is not wrong yet')
  await other.keyboard.press('Enter')
  await message(other).getByText('That did not work just now').waitFor()
  t.equal(await field.getAttribute('aria-invalid'), null, 'there is nothing wrong with the password')
  await other.unroute('**/auth/password/reset')
  await other.keyboard.press('Enter')
  await message(other).getByText('Your password is set').waitFor()
})

t.test('a second link in the same tab is as good as in another', async (t) => {
  const first = await register('first@example.com')
  const second = await register('second@example.com')
  const page = await browser.newPage()
  await page.goto(first.link)
  await page.getByRole('button').click()
  await message(page).getByText('Your address is confirmed.').waitFor()
  await page.evaluate(`location.assign(${JSON.stringify(second.link)})`)
  await page.getByRole('button', { name: 'Confirm this address' }).click()
  await message(page).getByText('Your address is confirmed.').waitFor()
  t.notMatch(page.url(), /token/)
  t.match((await me(second.access)).body, { emailVerified: true })
})

t.test('without JavaScript there is a word why, and nothing to fill in', async (t) => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  const { link } = await register('plain@example.com')
  for (const url of [link, link.replace('/verify', '/password/reset')]) {
    await page.goto(url)
    t.ok(await page.locator('noscript p').isVisible())
    t.equal(await page.getByRole('button').count(), 0)
  }
  await context.close()
})

t.test('a screen reader finds nothing amiss, in any state and colour scheme', async (t) => {
  const { link } = await register('reader@example.com')
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [url, button] of [
      [link, 'Confirm this address'],
      [link.replace('/verify', '/password/reset'), 'Set password'],
      [link.replace(/#.*/, ''), null],
    ] as const) {
      const context = await browser.newContext({ colorScheme, bypassCSP: true })
      const page = await context.newPage()
      await page.goto(url)
      t.strictSame(await violations(page), [], `${colorScheme} ${button}`)
      if (button === null) continue
      if (button === 'Set password') await page.getByLabel('New password').fill('another good password')
      await page.getByRole('button', { name: button }).click()
      await message(page)
        .getByText(/link has been used|confirmed/)
        .waitFor()
      t.strictSame(await violations(page), [], `${colorScheme} ${button}, afterwards`)
      await context.close()
    }
  }
})

t.test('on a narrow screen nothing has to be pushed sideways', async (t) => {
  const { link } = await register('narrow@example.com')
  const page = await browser.newPage({ viewport: { width: 320, height: 640 } })
  for (const url of [link, link.replace('/verify', '/password/reset')]) {
    await page.goto(url)
    const width = await page.evaluate('document.documentElement.scrollWidth')
    t.ok(Number(width) <= 320, `${width}`)
  }
})

t.test('in German', async (t) => {
  const german = await house({ JEX__AUTH__EMAIL__LOCALE: 'de' })
  const { link } = await german.register('anna@example.com')
  const page = await browser.newPage()
  await page.goto(link)
  t.equal(await page.evaluate('document.documentElement.lang'), 'de')
  await page.getByRole('button', { name: 'Adresse bestätigen' }).click()
  await message(page).getByText('Ihre Adresse ist bestätigt.').waitFor()
  await page.goto(await german.reset('anna@example.com'))
  await page.getByLabel('Neues Passwort').fill('kurz')
  await page.getByRole('button', { name: 'Passwort setzen' }).click()
  await message(page).getByText('Dieses Passwort geht nicht').waitFor()
  t.pass('every message came')
})

/** What axe has against the page as it is now (WCAG 2.2, A and AA, and best practices). */
async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ content: axe.source })
  const found = await page.evaluate('axe.run()')
  return (found as { violations: { id: string; help: string }[] }).violations.map(({ id, help }) => `${id}: ${help}`)
}
