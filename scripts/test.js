import './require-node.js'
import { binOf } from './root.js'
import { nodeStep, StepFailed } from './run.js'
import { setup } from './setup.js'
import { ensurePrograms } from './system-programs.js'
import { runTap } from './tap-run.js'

const args = process.argv.slice(2)
const result = await run().catch((error) => {
  if (!(error instanceof StepFailed)) console.error(error)
  return { passed: 0, failed: 1, skipped: 0, bad: [] }
})
for (const line of result.bad) console.log(line)
if (result.skipped > 0) console.log(`${result.skipped} skipped`)
process.exitCode = result.failed > 0 ? 1 : 0
// Scripts that call this one read the last line: nothing is printed after it.
console.log(`${result.passed} passed, ${result.failed} failed`)

/** Everything without arguments; with arguments only those tests, without types, lint and a look for other programs. */
async function run() {
  setup()
  if (args.length === 0) {
    nodeStep('Checking the types of the tests', binOf('typescript', 'tsc'), ['-p', 'tsconfig.test.json'])
    nodeStep('Linting', binOf('@biomejs/biome', 'biome'), ['check', '--error-on-warnings'])
    ensurePrograms()
  }
  return runTap(args)
}
