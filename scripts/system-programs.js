import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { StepFailed, step, tryRun } from './run.js'

/** What the tests run besides Node: the names it may have, where it may lie beside the PATH, and its Debian package. */
const PROGRAMS = [
  { title: 'Chromium', names: ['chromium', 'chromium-browser', 'google-chrome'], debian: 'chromium' },
  { title: 'Redis', names: ['redis-server'], debian: 'redis-server' },
  { title: 'PostgreSQL', names: ['initdb'], below: '/usr/lib/postgresql', debian: 'postgresql' },
]

/** Makes sure of the browser and the servers that the tests drive. Throws `StepFailed` when there is no way. */
export function ensurePrograms() {
  const missing = PROGRAMS.filter((program) => !isThere(program))
  if (missing.length === 0) return
  const root = process.getuid?.() === 0
  const packages = missing.map(({ debian }) => debian)
  if (!onPath('apt-get') || !(root || tryRun('sudo', ['-n', 'true']).ok)) {
    console.error(`The tests need ${missing.map(({ title }) => title).join(', ')}.`)
    console.error(`On Debian: apt-get install -y --no-install-recommends ${packages.join(' ')}`)
    for (const { title, names } of missing)
      console.error(`Elsewhere: have ${names.join(' or ')} (${title}) on the PATH`)
    throw new StepFailed('programs')
  }
  const aptGet = (title, ...args) => {
    const [command, ...rest] = [...(root ? [] : ['sudo', '-n', '--preserve-env=DEBIAN_FRONTEND']), 'apt-get', ...args]
    step(title, command, rest, { env: { DEBIAN_FRONTEND: 'noninteractive' } })
  }
  aptGet('Reading the Debian package lists', 'update', '-qq')
  aptGet(
    `Installing ${packages.join(', ')} from Debian`,
    'install',
    '-y',
    '-qq',
    '--no-install-recommends',
    ...packages,
  )
}

function isThere({ names, below }) {
  if (names.some(onPath)) return true
  if (below === undefined || !existsSync(below)) return false
  return readdirSync(below).some((version) => names.some((name) => existsSync(join(below, version, 'bin', name))))
}

function onPath(command) {
  return (process.env.PATH ?? '').split(delimiter).some((dir) => existsSync(join(dir, command)))
}
