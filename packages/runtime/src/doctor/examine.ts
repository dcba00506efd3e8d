import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from '@json-express/core'
import { createApp } from '../app.js'
import { type LoadedPackage, loadPackages } from '../discovery/load.js'
import { planApp, planPackages } from '../plan.js'
import { readSources } from '../settings/sources.js'
import type { Examined } from './examined.js'
import { problemFindings } from './problem-findings.js'
import { storeFiles } from './store-files.js'
import { tolerantSettings } from './tolerant-settings.js'

/**
 * Finds out what can be found out about an app, however broken, and what is in the way of the rest. Boots it as a command
 * if it has been started before: a first boot makes its database, which is not for a doctor to do.
 */
export async function examine(dir: string): Promise<{ examined: Examined; problems: Finding[] }> {
  const problems: Finding[] = []
  const attempt = async <T>(subject: string, work: () => T | Promise<T>): Promise<T | null> => {
    try {
      return await work()
    } catch (error) {
      problems.push(...problemFindings(error, subject))
      return null
    }
  }
  const hasState = existsSync(join(dir, '.jex'))
  const plan = await attempt('packages', () => planPackages(dir))
  const loaded = await Promise.all((plan?.chosen ?? []).map((pkg) => attempt(pkg.name, () => loadPackages([pkg]))))
  const packages = loaded.flatMap((one): LoadedPackage[] => one ?? [])
  const whole = plan !== null && packages.length === plan.chosen.length
  const sources = plan?.sources ?? (await attempt('settings', () => readSources(dir)))
  const strict = whole ? await attempt('settings', async () => (await planApp(dir)).settings) : null
  const settings = strict ?? (sources && tolerantSettings(sources, packages))
  const examined = { dir, sources, plan, packages, settings }
  if (strict === null) return { examined: { ...examined, app: null }, problems }
  if (!hasState || storeFiles(examined).some(isMissingDatabase)) {
    return { examined: { ...examined, app: null }, problems: [...problems, NEVER_STARTED] }
  }
  const log = collectLog()
  try {
    return { examined: { ...examined, app: await createApp({ dir, purpose: 'command', log }) }, problems }
  } catch (error) {
    const unreachable = log.unreachable()
    problems.push(...(unreachable.length > 0 ? unreachable : problemFindings(error, 'boot')))
    return { examined: { ...examined, app: null }, problems }
  }
}

const NEVER_STARTED: Finding = {
  subject: 'boot',
  level: 'warning',
  message:
    'the app has never been started here, and the first boot makes its database: what only a boot shows was not checked',
  remedy: 'Start it once with npx json-express, then ask the doctor again',
}

function isMissingDatabase({ slot, file }: { slot: string; file: string }): boolean {
  return slot === 'adapter' && file !== ':memory:' && !existsSync(file)
}

/** Takes the log of a boot. Of a dependency that does not answer, only the log says why. */
function collectLog() {
  const lines: string[] = []
  return {
    write: (line: string) => void lines.push(line),
    unreachable: () =>
      lines.flatMap((line): Finding[] => {
        const { dependency, err } = JSON.parse(line) as { dependency?: string; err?: { message?: string } }
        if (dependency === undefined) return []
        const message = `does not answer: ${err?.message ?? 'no reason given'}`
        return [
          { subject: dependency, level: 'error', message, remedy: 'Start it, or correct the settings of its package' },
        ]
      }),
  }
}
