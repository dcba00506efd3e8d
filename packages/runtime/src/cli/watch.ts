import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { watch as watchFiles } from 'chokidar'

const QUIET_MS = 100
/** npm and npx pass Ctrl-C on to a process that the terminal has told already: that is one key press, not two. */
const ECHO_MS = 500

/** Runs the server as a child process and starts it anew when models, data, `.env` files or package.json change. */
export async function watch(dir: string): Promise<void> {
  let child: ChildProcess | null = null
  let stoppingSince: number | null = null
  let pending: NodeJS.Timeout | undefined
  let turn: Promise<unknown> = Promise.resolve()

  const begin = () => {
    child = spawn(process.execPath, [...process.execArgv, fileURLToPath(new URL('./main.js', import.meta.url)), dir], {
      stdio: 'inherit',
    })
    child.once('exit', (code) => {
      if (stoppingSince === null && code !== 0 && code !== null) process.stderr.write('waiting for a change …\n')
    })
  }
  const end = async (signal: NodeJS.Signals) => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }

  const watcher = watchFiles(dir, { ignoreInitial: true, depth: 3, ignored: (path) => isForeign(dir, path) })
  watcher.on('all', (_event, path) => {
    clearTimeout(pending)
    pending = setTimeout(() => {
      process.stdout.write(`\n${path.slice(dir.length + 1)} changed, starting again\n`)
      turn = turn.then(() => end('SIGTERM')).then(() => (stoppingSince === null ? begin() : undefined))
    }, QUIET_MS)
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, async () => {
      const now = performance.now()
      if (stoppingSince !== null) {
        if (now - stoppingSince > ECHO_MS) child?.kill('SIGKILL')
        return
      }
      stoppingSince = now
      clearTimeout(pending)
      await end(signal) // after Ctrl-C in a terminal the child has it too, and takes the two for one
      await turn
      await watcher.close()
      process.exit(child?.exitCode ?? (child?.signalCode === 'SIGKILL' ? 1 : 0))
    })
  }
  await once(watcher, 'ready')
  if (stoppingSince === null) begin()
}

/** Of the app's folder only models, data and settings matter. */
function isForeign(dir: string, path: string): boolean {
  if (path === dir) return false
  const [first = ''] = path.slice(dir.length + 1).split(/[\\/]/)
  return !(first === 'models' || first === 'data' || first === 'package.json' || /^\.env(\.|$)/.test(first))
}
