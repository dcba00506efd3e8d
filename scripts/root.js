import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

export function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** The file behind a command of a package that the folder `from` depends on. */
export function binOf(packageName, command, from = ROOT) {
  const dir = join(from, 'node_modules', packageName)
  const { bin } = readJson(join(dir, 'package.json'))
  return join(dir, typeof bin === 'string' ? bin : bin[command])
}
