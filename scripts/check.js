import './require-node.js'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pnpmCommand } from './pnpm.js'
import { binOf } from './root.js'
import { nodeStep, StepFailed, step } from './run.js'
import { setup } from './setup.js'

const failures = []
if (attempt(setup)) {
  checkTarballs()
  attempt(() => nodeStep('knip: unused files, exports and dependencies', binOf('knip', 'knip'), ['--no-progress']))
}
console.log(failures.length === 0 ? 'All checks passed' : `Failed: ${failures.join(', ')}`)
process.exitCode = failures.length === 0 ? 0 : 1

/** Checks what npm would get of each package, not its folder. */
function checkTarballs() {
  const dir = mkdtempSync(join(tmpdir(), 'jex-pack-'))
  try {
    if (!attempt(() => pack(dir))) return
    const publint = binOf('publint', 'publint')
    const attw = binOf('@arethetypeswrong/cli', 'attw')
    for (const tarball of readdirSync(dir).sort()) {
      const path = join(dir, tarball)
      attempt(() => nodeStep(`${tarball}: publint`, publint, ['run', path, '--strict']))
      if (tarball.includes('-preset-')) continue // a preset has nothing to import
      attempt(() => nodeStep(`${tarball}: types`, attw, [path, '--profile', 'esm-only', '--no-emoji']))
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function pack(to) {
  const [pnpm, ...args] = pnpmCommand()
  const published = ['--filter', './packages/*', '--filter', './presets/*']
  step('Packing the packages', pnpm, [...args, '--recursive', ...published, 'pack', '--pack-destination', to])
}

function attempt(work) {
  try {
    work()
    return true
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    failures.push(error.message)
    return false
  }
}
