import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

interface Teardown {
  teardown(fn: () => unknown): void
}

/** The machine's own Chromium, headless, closed after the test. */
export async function openBrowser(t: Teardown): Promise<Browser> {
  const executablePath = CANDIDATES.find(existsSync)
  if (executablePath === undefined) throw new Error('no Chromium here: apt-get install chromium')
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  t.teardown(() => browser.close())
  return browser
}
