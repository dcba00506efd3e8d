import { htmlEscape } from 'escape-goat'
import type { FastifyInstance } from 'fastify'
import type { Identity } from '../identity.js'
import { hostedPage } from './hosted-page.js'
import { script } from './reset-script.js'
import { style } from './style.js'

/** `GET /auth/password/reset`: where mailed links lead unless the app has a page of its own. Opening it changes nothing. */
export async function resetPage(
  app: FastifyInstance,
  { identity: { settings } }: { identity: Identity },
): Promise<void> {
  const { appName } = settings.email
  const { minLength } = settings.password
  const page = hostedPage({
    title: htmlEscape`Choose a password – ${appName}`,
    style,
    script,
    body: htmlEscape`<main>
<h1>Choose a password</h1>
<p>for your account at ${appName}</p>
<form id="form" novalidate>
<label for="password">New password</label>
<input id="password" name="password" type="password" autocomplete="new-password" required autofocus aria-describedby="hint message">
<p class="hint" id="hint">At least ${minLength} characters. A few words are easier to remember than a riddle.</p>
<button id="submit" type="submit">Set password</button>
</form>
<div id="message" role="status" aria-live="polite"></div>
<noscript><p>This page needs JavaScript to send your password without it ever being part of an address.</p></noscript>
</main>`,
  })
  app.get('/password/reset', { config: { auth: false } }, async (_request, reply) =>
    reply.headers(page.headers).send(page.html),
  )
}
