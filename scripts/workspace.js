import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './root.js'

/** The folders that pnpm-workspace.yaml makes packages of. */
export function workspaceFolders() {
  const groups = ['packages', 'presets', 'examples'].flatMap((group) => foldersIn(join(ROOT, group)))
  return [...groups, join(ROOT, 'test'), join(ROOT, 'bench')].filter((dir) => existsSync(join(dir, 'package.json')))
}

function foldersIn(dir) {
  if (!existsSync(dir)) return []
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(dir, entry.name))
    .sort()
}
