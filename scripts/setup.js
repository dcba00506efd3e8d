import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pnpmCommand } from './pnpm.js'
import { binOf, ROOT, readJson } from './root.js'
import { nodeStep, step } from './run.js'
import { hashContent, hashTimes, readStamp, writeStamp } from './stamp.js'
import { workspaceFolders } from './workspace.js'

const INSTALL_STAMP = join(ROOT, 'node_modules/.jex-stamp')
const BUILD_STAMP = join(ROOT, 'node_modules/.jex-build-stamp')

/** Installs and builds what has changed since the last time; nothing when nothing has. Throws `StepFailed`. */
export function setup() {
  install()
  build()
}

function install() {
  const wanted = installStamp()
  if (readStamp(INSTALL_STAMP) === wanted) return
  const [pnpm, ...args] = pnpmCommand()
  // CI: pnpm asks nobody whether it may replace a node_modules of another layout.
  step('Installing dependencies from npm', pnpm, [...args, 'install', '--frozen-lockfile'], { env: { CI: 'true' } })
  writeStamp(INSTALL_STAMP, wanted)
}

function installStamp() {
  const manifests = [ROOT, ...workspaceFolders()].map((dir) => join(dir, 'package.json'))
  const lock = ['pnpm-lock.yaml', 'pnpm-workspace.yaml'].map((name) => join(ROOT, name))
  return hashContent([...lock, ...manifests], process.version, process.platform, process.arch)
}

function build() {
  const wanted = buildStamp()
  if (readStamp(BUILD_STAMP) === wanted && outputs().every(existsSync)) return
  nodeStep('Building the packages', binOf('typescript', 'tsc'), ['-b'])
  writeStamp(BUILD_STAMP, wanted)
}

function projects() {
  return readJson(join(ROOT, 'tsconfig.json')).references.map(({ path }) => join(ROOT, path))
}

function outputs() {
  return projects().map((dir) => join(dir, 'dist/index.js'))
}

function buildStamp() {
  const sources = projects().flatMap((dir) => [
    join(dir, 'package.json'),
    join(dir, 'tsconfig.json'),
    ...filesBelow(join(dir, 'src')),
  ])
  const configs = ['tsconfig.json', 'tsconfig.base.json'].map((name) => join(ROOT, name))
  return hashTimes([...configs, ...sources], readStamp(INSTALL_STAMP))
}

function filesBelow(dir) {
  if (!existsSync(dir)) return []
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
