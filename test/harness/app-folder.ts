import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '.apps')

/** What the app depends on when a test does not say: the whole stack on one machine. */
export const PRESET = { '@json-express/preset-identity': '*' }

export interface AppFolderOptions {
  dependencies?: Record<string, string>
  /** Contents by path; objects are written as JSON. */
  files?: Record<string, string | object>
}

interface Teardown {
  teardown(fn: () => unknown): void
}

/**
 * An app in a folder of its own, removed after the test. It lies below this package, so that its dependencies resolve to
 * the workspace like those of any app resolve to what it installed.
 */
export function appFolder(t: Teardown, { dependencies = PRESET, files = {} }: AppFolderOptions = {}): string {
  mkdirSync(ROOT, { recursive: true })
  const dir = mkdtempSync(join(ROOT, 'app-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  writeFiles(dir, { 'package.json': { name: 'app', private: true, dependencies }, ...files })
  return dir
}

export function writeFiles(dir: string, files: Record<string, string | object>): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(dir, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  }
}
