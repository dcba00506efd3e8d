import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { openBrowser } from '../harness/browser.js'
import { adminFrom, client, signIn } from '../harness/client.js'
import { startServer } from '../harness/server.js'

const NEW_PASSWORD = 'a fine long password'
const server = await startServer(t, appFolder(t), { env: { JEX__LOG__LEVEL: 'debug' } })
const call = client(server.url)
const admin = await signIn(call, adminFrom(server.output()))
const browser = await openBrowser(t)

/** The link as the mail shows it, alone on its line. */
async function mailedLink(email: string): Promise<string> {
  await call('POST', '/users', { email, role: 'user' }, admin)
  const [, link] = await server.printed(
    new RegExp(`${email}[\\s\\S]*?^(http://localhost:\\d+/auth/password/reset#token=[\\w-]{43})$`, 'm'),
  )
  return link ?? ''
}

/** Opens a page and collects what it asks for and complains about. */
async function open(link: string) {
  const page = await browser.newPage()
  const requested: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => requested.push(`${request.method()} ${request.url()}`))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(link)
  return { page, requested, complaints }
}

t.test('the mailed link sets the password', async (t) => {
  const link = await mailedLink('ann@example.com')
  const token = link.split('#token=')[1] ?? ''
  const { page, requested, complaints } = await open(link)

  t.notMatch(page.url(), /token/, 'the token leaves the address bar at once')
  await page.getByLabel(/new password/i).fill('short')
  await page.getByRole('button').click()
  await page
    .getByText(/at least 8/i)
    .first()
    .waitFor()

  await page.getByLabel(/new password/i).fill(NEW_PASSWORD)
  await page.keyboard.press('Enter')
  await page
    .getByText(/password (is|has been) set|all set|you can (now )?sign in/i)
    .first()
    .waitFor()
  t.match(await call('POST', '/auth/login', { email: 'ann@example.com', password: NEW_PASSWORD }), { status: 200 })

  t.same(
    complaints.filter((text) => !/400/.test(text)),
    [],
    'nothing breaks its own policy',
  )
  t.notMatch(requested.join('\n'), token, 'no URL holds the token')
  for (const request of requested)
    t.match(request, new RegExp(`http://localhost:${server.port}/`), 'nothing comes from elsewhere')
})

t.test('opening a link changes nothing, as mail scanners do', async (t) => {
  const link = await mailedLink('scanned@example.com')
  for (let i = 0; i < 3; i++) await (await open(link)).page.close()
  const token = link.split('#token=')[1]
  t.match(await call('POST', '/auth/password/reset', { token, newPassword: NEW_PASSWORD }), { status: 200 })
})

t.test('used, mutilated and missing tokens get a clear message', async (t) => {
  const used = await mailedLink('used@example.com')
  await call('POST', '/auth/password/reset', { token: used.split('#token=')[1], newPassword: NEW_PASSWORD })
  for (const link of [used, used.slice(0, -5), `${used}x`, `${used.slice(0, -1)}%00`]) {
    const { page } = await open(link)
    await page.getByLabel(/new password/i).fill(NEW_PASSWORD)
    await page.getByRole('button').click()
    await page
      .getByText(/link .*(used|expired|no longer|not valid)/i)
      .first()
      .waitFor()
    await page.close()
  }
  const { page } = await open(used.replace(/#.*/, ''))
  await page
    .getByText(/link .*(used|expired|incomplete|not valid)/i)
    .first()
    .waitFor()
  t.pass('every message came')
})

t.test('an expired link gets a clear message', async (t) => {
  const expiring = await startServer(t, appFolder(t), { env: { JEX__AUTH__INVITE_TTL: '1s' } })
  const callExpiring = client(expiring.url)
  const token = await signIn(callExpiring, adminFrom(expiring.output()))
  await callExpiring('POST', '/users', { email: 'late@example.com', role: 'user' }, token)
  const [link] = await expiring.printed(/http:\/\/localhost:\d+\/auth\/password\/reset#token=[\w-]{43}/)
  const { page } = await open(link)
  const deadline = Date.now() + 10_000
  for (let expired = false; !expired && Date.now() < deadline; ) {
    const { status } = await callExpiring('POST', '/auth/password/reset', {
      token: link.split('=')[1],
      newPassword: 'short',
    })
    const { body } = await callExpiring('POST', '/auth/password/reset', {
      token: link.split('=')[1],
      newPassword: 'short',
    })
    expired = status === 400 && body.error.code === 'INVALID_LINK'
  }
  await page.getByLabel(/new password/i).fill(NEW_PASSWORD)
  await page.getByRole('button').click()
  await page
    .getByText(/link .*(used|expired)/i)
    .first()
    .waitFor()
  t.pass('the message came')
})

t.test('the page is closed to everything it does not need', async (t) => {
  const response = await fetch(`${server.url}/auth/password/reset`)
  const policy = response.headers.get('content-security-policy') ?? ''
  t.match(policy, /default-src 'none'/)
  t.match(policy, /frame-ancestors 'none'/)
  t.notMatch(policy, /unsafe/)
  t.match(Object.fromEntries(response.headers), {
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
})

t.test('no log line and no URL on the server held a token', async (t) => {
  const tokens = [...server.output().matchAll(/#token=([\w-]{43})/g)].map(([, token]) => token ?? '')
  t.ok(tokens.length > 2)
  const log = server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
  t.ok(
    log.some((line) => line.includes('incoming request')),
    'requests were logged',
  )
  for (const token of tokens) t.notOk(log.some((line) => line.includes(token)))
})
