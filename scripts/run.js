import { spawnSync } from 'node:child_process'
import { ROOT } from './root.js'

const WINDOWS = process.platform === 'win32'
const ALL_OF_IT = 256 * 1024 * 1024

/** A step that failed; what it had to say is printed already. */
export class StepFailed extends Error {}

/** Runs a command and waits. `{ ok, output }`, where a command that is not there is simply not ok. */
export function tryRun(command, args, { cwd = ROOT, env = {} } = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: ALL_OF_IT,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: WINDOWS && command !== process.execPath, // npm, npx and pnpm are .cmd files there
  })
  return { ok: status === 0, output: [stdout, stderr, error?.message].filter(Boolean).join('\n').trim() }
}

/** Runs one step of the setup: a line says what happens, its output shows up only when it fails. */
export function step(title, command, args, options) {
  const started = performance.now()
  process.stdout.write(`${title} ... `)
  const { ok, output } = tryRun(command, args, options)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(ok ? `done (${seconds} s)` : `failed (${seconds} s)`)
  if (ok) return output
  if (output !== '') console.error(output)
  throw new StepFailed(title)
}

/** Runs a Node script of an installed package as a step. */
export function nodeStep(title, script, args, options) {
  return step(title, process.execPath, [script, ...args], options)
}
