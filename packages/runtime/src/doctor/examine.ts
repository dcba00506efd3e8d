import type { Finding } from '@json-express/core'
import { type LoadedPackage, loadPackages } from '../discovery/load.js'
import { planApp, planPackages } from '../plan.js'
import { resolvePlan } from '../resolve-app.js'
import { readSources } from '../settings/sources.js'
import { assemble } from './assemble.js'
import type { Examined } from './examined.js'
import { problemFindings } from './problem-findings.js'
import { tolerantSettings } from './tolerant-settings.js'

/**
 * Finds out what can be found out about an app, however broken, and what is in the way of the rest. The same in a fresh
 * checkout as in production: whether the app has ever been started makes no difference.
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
  const plan = await attempt('packages', () => planPackages(dir))
  const loaded = await Promise.all((plan?.chosen ?? []).map((pkg) => attempt(pkg.name, () => loadPackages([pkg]))))
  const packages = loaded.flatMap((one): LoadedPackage[] => one ?? [])
  const whole = plan !== null && packages.length === plan.chosen.length
  const sources = plan?.sources ?? (await attempt('settings', () => readSources(dir)))
  const strict = whole ? await attempt('settings', () => planApp(dir)) : null
  const settings = strict?.settings ?? (sources && tolerantSettings(sources, packages))
  // models are looked at even where settings are wrong: in a checkout without its secrets, say
  const known = whole && settings ? { ...plan, packages, settings, warnings: [] } : null
  const resolved = known && (await attempt('models', () => resolvePlan(strict ?? known)))
  const assembled = strict && (await attempt('boot', () => assemble(strict, resolved)))
  problems.push(...(assembled?.problems ?? []))
  return { examined: { dir, sources, plan, packages, settings, resolved, app: assembled?.app ?? null }, problems }
}
