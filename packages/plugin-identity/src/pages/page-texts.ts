import type { AuthSettings } from '@json-express/core'
import { fillText } from '../texts/template.js'
import type { PageTexts, Texts } from '../texts/texts.js'

/** The texts of the pages with everything filled in; not escaped. */
export function pageTexts({ pages }: Texts, { email, password }: Pick<AuthSettings, 'email' | 'password'>): PageTexts {
  const values = { appName: email.appName, minLength: password.minLength }
  const filled = Object.entries(pages).map(([name, text]) => [name, fillText(text, values)])
  return Object.fromEntries(filled) as PageTexts
}
