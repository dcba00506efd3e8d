import './require-node.js'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pnpmCommand } from './pnpm.js'
import { binOf } from './root.js'
import { nodeStep, StepFailed, step } from './run.js'
import { setup } from './setup.js'
import { publishedPackages } from './workspace.js'

const tarballs = mkdtempSync(join(tmpdir(), 'jex-pack-'))
const failures = []
try {
  attempt(setup)
  for (const { dir, manifest } of failures.length > 0 ? [] : publishedPackages()) checkPackage(dir, manifest)
  attempt(() => nodeStep('knip: unused files, exports and dependencies', binOf('knip', 'knip'), []))
} finally {
  rmSync(tarballs, { recursive: true, force: true })
}
console.log(failures.length === 0 ? 'All checks passed' : `Failed: ${failures.join(', ')}`)
process.exitCode = failures.length === 0 ? 0 : 1

/** Checks the package as npm would get it, not the folder. */
function checkPackage(dir, { name, exports }) {
  const to = join(tarballs, name.replace('/', '-'))
  const [pnpm, ...args] = pnpmCommand()
  attempt(() => {
    step(`${name}: pack`, pnpm, [...args, 'pack', '--pack-destination', to], { cwd: dir })
    const tarball = join(to, readdirSync(to)[0])
    attempt(() => nodeStep(`${name}: publint`, binOf('publint', 'publint'), ['run', tarball, '--strict']))
    if (exports?.['.'] === undefined) return // a preset has nothing to import
    const attw = binOf('@arethetypeswrong/cli', 'attw')
    attempt(() => nodeStep(`${name}: types`, attw, [tarball, '--profile', 'esm-only', '--no-emoji']))
  })
}

function attempt(work) {
  try {
    work()
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    failures.push(error.message)
  }
}
