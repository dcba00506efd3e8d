import type { Finding } from '@json-express/core'
import type { Examined } from './examined.js'
import { problemFindings } from './problem-findings.js'

/** What the packages themselves have to say, about their part of the app. */
export async function packageFindings({ app, packages }: Pick<Examined, 'app' | 'packages'>): Promise<Finding[]> {
  if (app === null) return []
  const findings: Finding[] = []
  for (const { name, diagnose } of packages) {
    try {
      findings.push(...((await diagnose?.(app)) ?? []))
    } catch (error) {
      findings.push(...problemFindings(error, name))
    }
  }
  return findings
}
