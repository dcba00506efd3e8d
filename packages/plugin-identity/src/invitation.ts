import type { Collections, Row } from '@json-express/core'
import type { Outbox } from './outbox.js'

/**
 * Owes the user one link to choose a password, in place of those that still wait, inside the caller's transaction. For
 * somebody who has a password it is one to set a new password.
 */
export async function invite(collections: Collections, outbox: Outbox, user: Row): Promise<Row> {
  const mails = collections.get('auth_mails')
  for (const { id } of await mails.find({ where: { userId: user.id, kind: ['invite', 'reset'] } }))
    await mails.delete(id)
  return outbox.add(collections, user.passwordHash === null ? 'invite' : 'reset', { user })
}
