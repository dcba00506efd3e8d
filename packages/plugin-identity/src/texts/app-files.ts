import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BootError } from '@json-express/core'

/** `de-AT` as `de` and `de-at`, the more special one last. Throws `BootError` for what is no tag (BCP 47). */
export function languagesOf(locale: string): string[] {
  try {
    Intl.getCanonicalLocales(locale)
  } catch {
    throw new BootError(`jex.auth.email.locale: "${locale}" is no language tag: write it like en or de-AT`)
  }
  const tag = locale.toLowerCase()
  return [...new Set([tag.split('-')[0] ?? tag, tag])]
}

/** The names of what lies in `emails/`. */
export function filesOf(dir: string): string[] {
  const folder = join(dir, 'emails')
  return existsSync(folder) ? readdirSync(folder).sort() : []
}

/** What a file holds, without the mark that some editors put before it. */
export function readText(file: string): string {
  return readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
}
