import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'libsql'
import { bare } from '../harness/bare.js'

const CLI = fileURLToPath(new URL('../../packages/runtime/dist/cli/main.js', import.meta.url))

export interface Ended {
  code: number | string
  stdout: string
  stderr: string
}

export interface CommandProcess {
  child: ChildProcess
  ended: Promise<Ended>
}

interface Teardown {
  teardown(fn: () => unknown): void
}

/** Starts `json-express <args>` in the folder, its two streams apart; `node` takes `flags`. */
export function startCommand(
  t: Teardown,
  dir: string,
  args: readonly string[],
  flags: readonly string[] = [],
): CommandProcess {
  const { PORT, NODE_ENV, ...env } = process.env
  const child = spawn(...bare(process.execPath, [...flags, CLI, ...args]), {
    cwd: dir,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = once(child, 'close').then(([code, signal]) => ({ code: code ?? signal, stdout, stderr }) as Ended)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { child, ended }
}

/** Runs it to its end. */
export function runCommand(t: Teardown, dir: string, ...args: string[]): Promise<Ended> {
  return startCommand(t, dir, args).ended
}

/** Rows of the app's database, past the app. */
export function rowsOf(dir: string, sql: string): Record<string, unknown>[] {
  const database = new Database(join(dir, '.jex/data.sqlite'), { timeout: 5000 })
  try {
    return database.prepare(sql).all() as Record<string, unknown>[]
  } finally {
    database.close()
  }
}
