import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { watch as watchFiles } from 'chokidar'

const QUIET_MS = 100

/** Runs the server as a child process and starts it anew when models, data, `.env` files or package.json change. */
export async function watch(dir: string): Promise<void> {
  let child: ChildProcess | null = null
  let stopping = false
  let pending: NodeJS.Timeout | undefined
  let turn: Promise<unknown> = Promise.resolve()

  const begin = () => {
    child = spawn(process.execPath, [...process.execArgv, fileURLToPath(new URL('./main.js', import.meta.url)), dir], {
      stdio: 'inherit',
    })
    child.once('exit', (code) => {
      if (!stopping && code !== 0 && code !== null) process.stderr.write('waiting for a change …\n')
    })
  }
  const end = async () => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  }

  const watcher = watchFiles(dir, { ignoreInitial: true, depth: 3, ignored: (path) => isForeign(dir, path) })
  watcher.on('all', (_event, path) => {
    clearTimeout(pending)
    pending = setTimeout(() => {
      process.stdout.write(`\n${path.slice(dir.length + 1)} changed, starting again\n`)
      turn = turn.then(end).then(() => (stopping ? undefined : begin()))
    }, QUIET_MS)
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, async () => {
      if (stopping) child?.kill('SIGKILL')
      stopping = true
      clearTimeout(pending)
      await watcher.close()
      await turn
      // a terminal has sent Ctrl-C to the child as well, and a second one would force it
      if (signal === 'SIGTERM') await end()
      else if (child !== null && child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      process.exit(child?.exitCode ?? 0)
    })
  }
  await once(watcher, 'ready')
  begin()
}

/** Of the app's folder only models, data and settings matter. */
function isForeign(dir: string, path: string): boolean {
  if (path === dir) return false
  const [first = ''] = path.slice(dir.length + 1).split('/')
  return !(first === 'models' || first === 'data' || first === 'package.json' || /^\.env(\.|$)/.test(first))
}
