import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { StepFailed, step, tryRun } from './run.js'

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome']

/** Makes sure of the browser that the tests of the hosted pages drive. Throws `StepFailed` when there is no way. */
export function ensureChromium() {
  if (COMMANDS.some(onPath)) return
  const root = process.getuid?.() === 0
  const apt = onPath('apt-get')
  if (!apt || !(root || tryRun('sudo', ['-n', 'true']).ok)) {
    console.error('The browser tests need Chromium. On Debian: apt-get install -y --no-install-recommends chromium')
    console.error(`Elsewhere: have one of these commands on the PATH: ${COMMANDS.join(', ')}`)
    throw new StepFailed('chromium')
  }
  const aptGet = (title, ...args) => {
    const [command, ...rest] = [...(root ? [] : ['sudo', '-n', '--preserve-env=DEBIAN_FRONTEND']), 'apt-get', ...args]
    step(title, command, rest, { env: { DEBIAN_FRONTEND: 'noninteractive' } })
  }
  aptGet('Reading the Debian package lists', 'update', '-qq')
  aptGet('Installing Chromium from Debian', 'install', '-y', '-qq', '--no-install-recommends', 'chromium')
}

function onPath(command) {
  return (process.env.PATH ?? '').split(delimiter).some((dir) => existsSync(join(dir, command)))
}
