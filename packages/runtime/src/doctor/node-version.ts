import type { Finding } from '@json-express/core'
import semver from 'semver'

const SUPPORTED = '>=20.19'
/** The last day with security fixes, by major version (the Release working group of Node.js). */
const END_OF_LIFE: Readonly<Record<number, string>> = {
  20: '2026-04-30',
  21: '2024-06-01',
  22: '2027-04-30',
  23: '2025-06-01',
  24: '2028-04-30',
  25: '2026-06-01',
}

/** Whether this Node.js runs JSONExpress, and still gets security fixes. */
export function nodeVersion(_: unknown, version = process.versions.node, now = new Date()): Finding[] {
  const subject = 'node'
  if (!semver.satisfies(version, SUPPORTED, { includePrerelease: true })) {
    const message = `${version} is too old: JSONExpress needs ${SUPPORTED}`
    return [{ subject, level: 'error', message, remedy: 'Install an LTS version, one with an even number' }]
  }
  const end = END_OF_LIFE[semver.major(version)]
  if (end !== undefined && now.toISOString().slice(0, 10) > end) {
    const message = `${version} gets no security fixes since ${end}`
    return [{ subject, level: 'warning', message, remedy: 'Move to a newer LTS version, one with an even number' }]
  }
  return [{ subject, level: 'ok', message: end === undefined ? version : `${version}, security fixes until ${end}` }]
}
