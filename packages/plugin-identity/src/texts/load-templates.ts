import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BootError } from '@json-express/core'
import { mentions, templateProblem } from './template.js'
import { LINK_MAILS, MAIL_KINDS, type MailKind } from './texts.js'

const NAMES = ['appName', 'lifetime', 'email', 'link']
const FILE = /^(?<kind>[a-z-]+)(?:\.(?<locale>[A-Za-z0-9-]+))?\.(?<part>html|txt)$/

/** Whole mails of the app, instead of the built-in ones. */
export type MailTemplates = Partial<Record<MailKind, { html?: string; txt?: string }>>

/**
 * The templates in the app's `emails/`: `<kind>.html` and `<kind>.txt`, and before them `<kind>.<locale>.html`. Throws
 * `BootError` naming the file when it is for no mail, holds a placeholder that does not exist, or hides the link.
 */
export function loadTemplates(dir: string, locale: string): MailTemplates {
  const folder = join(dir, 'emails')
  if (!existsSync(folder)) return {}
  const templates: MailTemplates = {}
  const problems: string[] = []
  // those of the language last: they have the say
  const files = readdirSync(folder).sort((a, b) => a.split('.').length - b.split('.').length || (a < b ? -1 : 1))
  for (const file of files) {
    const { kind, locale: language, part } = FILE.exec(file)?.groups ?? {}
    if (part === undefined || (language !== undefined && language !== locale)) continue
    const template = readFileSync(join(folder, file), 'utf8')
    const problem = isMailKind(kind) ? problemOf(kind, template) : `is for no mail: there are ${MAIL_KINDS.join(', ')}`
    if (problem !== null) problems.push(`emails/${file} ${problem}`)
    else if (isMailKind(kind)) templates[kind] = { ...templates[kind], [part]: template }
  }
  if (problems.length > 0) throw new BootError(problems)
  return templates
}

function problemOf(kind: MailKind, template: string): string | null {
  const problem = templateProblem(template, NAMES)
  if (problem !== null) return problem
  return LINK_MAILS.includes(kind) && !mentions(template, 'link')
    ? 'does not show {{link}}, which this mail is for'
    : null
}

function isMailKind(kind: string | undefined): kind is MailKind {
  return (MAIL_KINDS as readonly (string | undefined)[]).includes(kind)
}
