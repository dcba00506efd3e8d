import { BootError } from '@json-express/core'
import fp from 'fastify-plugin'
import Type, { type Static } from 'typebox'
import { createConsoleEmail } from './console-email.js'

export { type ConsoleEmailOptions, createConsoleEmail } from './console-email.js'

/** The settings `jex.email-console.*`. */
export const configSchema = Type.Object(
  {
    allowInProduction: Type.Boolean({
      default: false,
      description: 'Print live links to the terminal even in production',
    }),
  },
  { additionalProperties: false },
)

/** Decorates `app.email` with a provider that prints each mail to the terminal. Throws `BootError` in production. */
export default fp<Partial<Static<typeof configSchema>>>(
  async (app, { allowInProduction = false }) => {
    if (app.settings.production && !allowInProduction) {
      throw new BootError(
        'email-console prints mails with live links to the terminal, which production must not: npm install ' +
          '@json-express/email-smtp instead, or accept it with jex.email-console.allowInProduction=true',
      )
    }
    const email = createConsoleEmail()
    app.decorate('email', email)
    app.addHook('onClose', () => email.close())
  },
  { name: '@json-express/email-console', fastify: '5.x', decorators: { fastify: ['settings'] } },
)
