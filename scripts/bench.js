import './require-node.js'
import { join } from 'node:path'
import { binOf, ROOT } from './root.js'
import { nodeStep, StepFailed } from './run.js'
import { setup } from './setup.js'

try {
  setup()
  nodeStep('Building the benchmarks', binOf('typescript', 'tsc'), ['-b', 'bench'])
} catch (error) {
  if (!(error instanceof StepFailed)) throw error
  process.exit(1)
}

await import(join(ROOT, 'bench/dist/run.js'))
