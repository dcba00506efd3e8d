import { join } from 'node:path'
import { BootError } from '@json-express/core'
import { filesOf, languagesOf, readText } from './app-files.js'
import { mentions, templateProblem } from './template.js'
import { LINK_MAILS, MAIL_KINDS, type MailKind } from './texts.js'

const FILE = /^(?<kind>[a-z-]+)(?:\.(?<language>[a-z0-9-]+))?\.(?<part>html|txt)$/
/** Of these somebody expects that they are read. */
const MEANT = /\.(?:html?|txt|json)$/i

/** Whole mails of the app, instead of the built-in ones. */
export type MailTemplates = Partial<Record<MailKind, { html?: string; txt?: string }>>

/**
 * The templates in the app's `emails/`: `<kind>.html` and `<kind>.txt`, and before them `<kind>.<language>.html` and
 * `<kind>.<locale>.html`. Throws `BootError` naming the file when it is for no mail, holds a placeholder that does not
 * exist, or hides the link.
 */
export function loadTemplates(dir: string, locale: string): MailTemplates {
  const languages = languagesOf(locale)
  const templates: MailTemplates = {}
  const problems: string[] = []
  // the more special ones last: they have the say
  for (const file of filesOf(dir).sort((a, b) => a.length - b.length)) {
    const { kind, language, part } = FILE.exec(file.toLowerCase())?.groups ?? {}
    if (part === undefined) {
      if (MEANT.test(file) && !isTexts(file)) problems.push(`emails/${file} is for no mail: ${NAMING}`)
      continue
    }
    if (language !== undefined && !languages.includes(language)) continue
    const template = readText(join(dir, 'emails', file))
    const problem = isMailKind(kind) ? problemOf(kind, template) : `is for no mail: ${NAMING}`
    if (problem !== null) problems.push(`emails/${file} ${problem}`)
    else if (isMailKind(kind)) templates[kind] = { ...templates[kind], [part]: template }
  }
  if (problems.length > 0) throw new BootError(problems)
  return templates
}

const NAMING = `there are ${MAIL_KINDS.join(', ')}, each .html or .txt`

/** `<locale>.json`, whatever the language. */
function isTexts(file: string): boolean {
  return /^[a-z]{2,3}(?:-[a-z0-9]{2,8})*\.json$/i.test(file)
}

function problemOf(kind: MailKind, template: string): string | null {
  const linked = LINK_MAILS.includes(kind)
  const problem = templateProblem(template, ['appName', 'email', ...(linked ? ['lifetime', 'link'] : [])])
  if (problem !== null) return problem
  return linked && !mentions(template, 'link') ? 'does not show {{link}}, which this mail is for' : null
}

function isMailKind(kind: string | undefined): kind is MailKind {
  return (MAIL_KINDS as readonly (string | undefined)[]).includes(kind)
}
