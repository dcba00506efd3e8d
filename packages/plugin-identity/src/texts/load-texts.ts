import { join } from 'node:path'
import { type AuthSettings, BootError } from '@json-express/core'
import { filesOf, languagesOf, readText } from './app-files.js'
import { de } from './de.js'
import { en } from './en.js'
import { templateProblem } from './template.js'
import { LINK_MAILS, type MailKind, type Texts } from './texts.js'

const BUILT_IN: Readonly<Record<string, Texts>> = { en, de }
/** Line ends and other controls: no header field of a mail holds them, and no text on one line. */
const CONTROL = /[\p{Cc}\u2028\u2029]/u

/**
 * The texts in the language of `auth.email.locale`: the built-in ones, and over them what the app says in
 * `emails/<language>.json` and `emails/<locale>.json`. Throws `BootError` for a language nobody has, and for a file with
 * keys, types or placeholders of its own.
 */
export function loadTexts({ email: { locale } }: Pick<AuthSettings, 'email'>, dir: string): Texts {
  const languages = languagesOf(locale)
  const base = languages.map((tag) => BUILT_IN[tag]).findLast((texts) => texts !== undefined)
  const files = filesOf(dir).filter((file) => languages.some((tag) => file.toLowerCase() === `${tag}.json`))
  if (base === undefined && files.length === 0) {
    throw new BootError(
      `jex.auth.email.locale: there are no texts in "${locale}". Put them into emails/${locale}.json, or take ${Object.keys(BUILT_IN).join(' or ')}`,
    )
  }
  files.sort((a, b) => a.length - b.length) // what a region says comes over what its language says
  return files.reduce<Texts | undefined>((texts, file) => extended(texts, join(dir, 'emails', file)), base) as Texts
}

function extended(base: Texts | undefined, file: string): Texts {
  const problems: string[] = []
  const texts = merge(base, parse(file), en, '', problems) as Texts
  if (problems.length > 0) throw new BootError(problems.map((problem) => `${file}: ${problem}`))
  return texts
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readText(file))
  } catch (error) {
    throw new BootError(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** `own` over `base`, both in the shape of `model`. */
function merge(base: unknown, own: unknown, model: unknown, path: string, problems: string[]): unknown {
  if (own === undefined) {
    if (base === undefined) problems.push(`${path} is missing`)
    return base
  }
  if (typeof model === 'string') return checked(own, path, problems)
  if (Array.isArray(model)) {
    if (Array.isArray(own) && own.length > 0)
      return own.map((line, index) => checked(line, `${path}.${index}`, problems))
    problems.push(`${path} is not a list of texts`)
    return base
  }
  if (!isRecord(own)) {
    problems.push(`${path || 'the whole'} is not an object`)
    return base
  }
  const shape = model as Record<string, unknown>
  for (const key of Object.keys(own).filter((name) => !Object.hasOwn(shape, name))) {
    problems.push(`${below(path, key)} is not a text there is: ${Object.keys(shape).join(', ')}`)
  }
  return Object.fromEntries(
    Object.keys(shape).map((key) => [
      key,
      merge(isRecord(base) ? base[key] : undefined, own[key], shape[key], below(path, key), problems),
    ]),
  )
}

function checked(text: unknown, path: string, problems: string[]): string {
  if (typeof text !== 'string' || CONTROL.test(text)) {
    problems.push(`${path} is not a text on one line`)
    return ''
  }
  const [part, mail, field] = path.split('.')
  const linked = part === 'mails' && LINK_MAILS.includes(mail as MailKind)
  const mayBeEmpty = field === 'action' && !linked
  if (text.trim() === '' && !mayBeEmpty) problems.push(`${path} is empty`)
  const problem = templateProblem(text, ['appName', ...(linked ? ['lifetime'] : part === 'pages' ? ['minLength'] : [])])
  if (problem !== null) problems.push(`${path} ${problem}`)
  return text
}

function below(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
