import type { Finding } from '@json-express/core'
import { examine } from './examine.js'
import type { Check, Examined } from './examined.js'
import { problemFindings } from './problem-findings.js'

/** Examines an app, runs the checks one after the other, closes it. Throws nothing that is about the app. */
export async function runChecks(dir: string, checks: readonly Check[]): Promise<Finding[]> {
  const { examined, problems } = await examine(dir)
  const findings = [...problems]
  try {
    for (const check of checks) findings.push(...(await run(check, examined)))
  } finally {
    await examined.app?.close()
  }
  // what is in the way of boot may be what a check is about
  const keys = findings.map(({ subject, message }) => JSON.stringify([subject, message]))
  return findings.filter((_, index) => keys.indexOf(keys[index] ?? '') === index)
}

async function run(check: Check, examined: Examined): Promise<Finding[]> {
  try {
    return await check(examined)
  } catch (error) {
    return problemFindings(error, check.name)
  }
}
