import type { Context, Row } from '@json-express/core'
import { type IdentityEvent, logEvent } from './events.js'

/**
 * Logs what a request has made of a user. `before` is `null` for a new one, `after` for one that is gone. Work without a
 * request logs nothing here: registering, mailed links, seeding and commands have events of their own.
 */
export function logUserEvents({ request: { log, user, ip } }: Context, before: Row | null, after: Row | null): void {
  if (log === undefined) return
  for (const event of eventsOf(before, after)) {
    const told = event === 'user.created' || event === 'role.changed' ? { role: String(after?.role) } : {}
    logEvent({ log, user, ip }, event, (after ?? before)?.id, told)
  }
}

function eventsOf(before: Row | null, after: Row | null): IdentityEvent[] {
  if (before === null) return ['user.created']
  if (after === null) return ['user.deleted']
  const events: IdentityEvent[] = []
  if (after.role !== before.role) events.push('role.changed')
  if (after.disabled !== before.disabled) events.push(after.disabled === true ? 'user.disabled' : 'user.enabled')
  return events
}
