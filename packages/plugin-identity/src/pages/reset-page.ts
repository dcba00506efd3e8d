import type { AuthSettings } from '@json-express/core'
import { htmlEscape } from 'escape-goat'
import type { FastifyInstance } from 'fastify'
import { en } from '../texts/en.js'
import type { Texts } from '../texts/texts.js'
import { hostedPage } from './hosted-page.js'
import { script } from './link-script.js'
import { pageTexts } from './page-texts.js'
import { style } from './style.js'

export interface PageOptions {
  settings: Pick<AuthSettings, 'email' | 'password'>
  texts: Texts
}

/** `GET /auth/password/reset`: where mailed links lead unless the app has a page of its own. Opening it changes nothing. */
export async function resetPage(app: FastifyInstance, { settings, texts }: PageOptions): Promise<void> {
  const { appName, locale } = settings.email
  const say = pageTexts(texts, settings)
  const forScript = JSON.stringify({
    ...{ done: say.passwordIsSet, badLink: say.badLink, typePassword: say.typePassword, working: say.working },
    ...{ weakPassword: say.weakPassword, tooMany: say.tooMany, failed: say.failed, unreachable: say.unreachable },
    // the server says what is wrong with a password, in English: used unless the app has words of its own
    reasons: texts.pages.weakPassword === en.pages.weakPassword,
  })
  const page = hostedPage({
    ...{ locale, title: `${say.resetTitle} – ${appName}`, style, script },
    body: htmlEscape`<main data-texts="${forScript}">
<h1>${say.resetTitle}</h1>
<p>${say.resetIntroduction}</p>
<form id="form" novalidate hidden>
<label for="password">${say.newPassword}</label>
<input id="password" name="password" type="password" autocomplete="new-password" required aria-describedby="hint message">
<p class="hint" id="hint">${say.hint}</p>
<label class="check"><input id="show" type="checkbox"> ${say.show}</label>
<button id="submit" type="submit">${say.setPassword}</button>
</form>
<div id="message" role="status" aria-live="polite" tabindex="-1"></div>
<noscript><p>${say.noScript}</p></noscript>
</main>`,
  })
  app.get('/password/reset', { config: { auth: false } }, async (_request, reply) =>
    reply.headers(page.headers).send(page.html),
  )
}
