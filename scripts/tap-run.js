import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binOf, ROOT } from './root.js'

// The reporter shows and hides the cursor even where there is no terminal.
const CURSOR = new RegExp(`${String.fromCharCode(27)}\\[\\?25[hl]`, 'g')

/**
 * Runs tap with its output on ours, and counts from the TAP stream it writes beside: `{ passed, failed, skipped, bad }`,
 * `bad` naming the files that failed or held no test.
 */
export async function runTap(args) {
  const dir = mkdtempSync(join(tmpdir(), 'jex-tap-'))
  const stream = join(dir, 'results.tap')
  try {
    const code = await tap(['run', '--reporter=base', `--output-file=${stream}`, ...args])
    return countTap(readResults(stream), code)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Sums up a TAP stream of tap's. Whatever makes the run fail without a failed assertion counts as one failure. */
function countTap(text, code) {
  const totals = [...text.matchAll(/^# \{ total: \d+.*\}$/gm)].at(-1)?.[0] ?? ''
  const count = (name) => Number(totals.match(new RegExp(`\\b${name}: (\\d+)`))?.[1] ?? 0)
  const failing = [...text.matchAll(/^not ok \d+ - (.*?)(?: # time=.*)?$/gm)].map(([, file]) => `${file} failed`)
  const empty = [...text.matchAll(/^ok \d+ - (.*?) # SKIP no tests found$/gm)].map(([, file]) => `${file} has no tests`)
  const failed = count('fail') + empty.length
  const silent = failed === 0 && (code !== 0 || count('pass') === 0)
  return {
    passed: count('pass'),
    failed: silent ? 1 : failed,
    skipped: count('skip') + count('todo') - empty.length,
    bad: [...failing, ...empty],
  }
}

function tap(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [binOf('tap', 'tap'), ...args], {
      cwd: ROOT,
      env: { ...process.env, CI: 'true' }, // a line a file instead of a redrawn screen
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.setEncoding('utf8').on('data', (text) => process.stdout.write(text.replace(CURSOR, '')))
    child.stderr.setEncoding('utf8').on('data', (text) => process.stderr.write(text.replace(CURSOR, '')))
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
}

function readResults(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // tap ended before it wrote anything: its exit code speaks
    return ''
  }
}
