import { htmlEscape } from 'escape-goat'
import type { FastifyInstance } from 'fastify'
import { hostedPage } from './hosted-page.js'
import { script } from './link-script.js'
import { pageTexts } from './page-texts.js'
import type { PageOptions } from './reset-page.js'
import { style } from './style.js'

/** `GET /auth/verify`: where links that prove an address lead. Opening it changes nothing, its button does. */
export async function verifyPage(app: FastifyInstance, { settings, texts }: PageOptions): Promise<void> {
  const { appName, locale } = settings.email
  const say = pageTexts(texts, settings)
  const forScript = JSON.stringify({
    ...{ done: say.isVerified, badLink: say.badLink, working: say.working },
    ...{ tooMany: say.tooMany, failed: say.failed, unreachable: say.unreachable },
  })
  const page = hostedPage({
    ...{ locale, title: `${say.verifyTitle} – ${appName}`, style, script },
    body: htmlEscape`<main data-texts="${forScript}">
<h1>${say.verifyTitle}</h1>
<p>${say.verifyIntroduction}</p>
<form id="form" novalidate hidden>
<button id="submit" type="submit">${say.verify}</button>
</form>
<div id="message" role="status" aria-live="polite" tabindex="-1"></div>
<noscript><p>${say.noScript}</p></noscript>
</main>`,
  })
  app.get('/verify', { config: { auth: false } }, async (_request, reply) =>
    reply.headers(page.headers).send(page.html),
  )
}
