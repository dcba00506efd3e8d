import './require-node.js'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { followNpm } from './follow-npm.js'
import { binOf, ROOT } from './root.js'
import { StepFailed } from './run.js'
import { setup } from './setup.js'

try {
  setup()
} catch (error) {
  if (!(error instanceof StepFailed)) throw error
  process.exit(1)
}

const app = join(ROOT, 'examples/quickstart')
const bin = binOf('@json-express/preset-identity', 'json-express', app)
// The command takes over this very process, so terminal, signals and exit code are its own.
process.chdir(app)
process.argv = [process.execPath, bin, ...process.argv.slice(2)]
followNpm()
await import(pathToFileURL(bin).href)
