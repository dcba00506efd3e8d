import type { Finding } from '@json-express/core'
import type { Examined } from './examined.js'

const FOR_DEVELOPMENT: Readonly<Record<string, { problem: string; remedy: string }>> = {
  '@json-express/adapter-memory': {
    problem: 'every record is lost at a restart, and no second instance sees them',
    remedy: 'npm install @json-express/adapter-sqlite for one machine, adapter-postgres for several',
  },
  '@json-express/kv-memory': {
    problem: 'sessions, links and limits are lost at a restart, and every instance counts its own',
    remedy: 'npm install @json-express/kv-sqlite for one machine, kv-redis for several',
  },
  '@json-express/queue-memory': {
    problem: 'jobs that wait are lost at a restart, and every instance has its own',
    remedy: 'npm install @json-express/queue-bullmq, unless there is one instance',
  },
  '@json-express/email-console': {
    problem: 'prints mails with live links, and nobody gets one',
    remedy: 'npm install @json-express/email-smtp',
  },
}

/** Packages that belong to one process, or to a terminal: fine for development. */
export function developmentPackages({ plan, settings }: Pick<Examined, 'plan' | 'settings'>): Finding[] {
  if (plan === null || !settings?.production) return []
  return plan.choices.flatMap(({ slot: subject, chosen: { name } }): Finding[] => {
    const known = FOR_DEVELOPMENT[name]
    return known ? [{ subject, level: 'warning', message: `${name}: ${known.problem}`, remedy: known.remedy }] : []
  })
}
