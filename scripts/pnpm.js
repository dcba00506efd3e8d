import { join } from 'node:path'
import { ROOT, readJson } from './root.js'
import { tryRun } from './run.js'

/**
 * The command that runs the pnpm of `packageManager`: `[command, ...first arguments]`. A pnpm of the same major on the
 * PATH will do; otherwise npx fetches the exact one from npm.
 */
export function pnpmCommand() {
  const [, version] = readJson(join(ROOT, 'package.json')).packageManager.split('@')
  const found = tryRun('pnpm', ['--version'])
  const major = (text) => text.split('.')[0]
  if (found.ok && major(found.output) === major(version)) return ['pnpm']
  return ['npx', '-y', `pnpm@${version}`]
}
