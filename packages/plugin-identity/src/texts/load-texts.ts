import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AuthSettings, BootError } from '@json-express/core'
import { de } from './de.js'
import { en } from './en.js'
import { templateProblem } from './template.js'
import type { Texts } from './texts.js'

const BUILT_IN: Readonly<Record<string, Texts>> = { en, de }
const NAMES = ['appName', 'lifetime', 'minLength']

/**
 * The texts in the language of `auth.email.locale`: the built-in ones, and over them what the app says in
 * `emails/<locale>.json`. Throws `BootError` for a language nobody has, and for a file with keys or types of its own.
 */
export function loadTexts({ email: { locale } }: Pick<AuthSettings, 'email'>, dir: string): Texts {
  const [language = ''] = locale.split('-')
  const base = BUILT_IN[locale.toLowerCase()] ?? BUILT_IN[language.toLowerCase()]
  const file = join(dir, 'emails', `${locale}.json`)
  if (!existsSync(file)) {
    if (base !== undefined) return base
    throw new BootError(
      `jex.auth.email.locale: there are no texts in "${locale}". Put them into emails/${locale}.json, or take ${Object.keys(BUILT_IN).join(' or ')}`,
    )
  }
  const own = parse(file)
  const problems: string[] = []
  const texts = merge(base, own, en, '', problems) as Texts
  if (problems.length > 0) throw new BootError(problems.map((problem) => `${file}: ${problem}`))
  return texts
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
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
    if (Array.isArray(own)) return own.map((line, index) => checked(line, `${path}.${index}`, problems))
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
  if (typeof text !== 'string' || /[\r\n]/.test(text)) {
    problems.push(`${path} is not a text on one line`)
    return ''
  }
  const problem = templateProblem(text, NAMES)
  if (problem !== null) problems.push(`${path} ${problem}`)
  return text
}

function below(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
