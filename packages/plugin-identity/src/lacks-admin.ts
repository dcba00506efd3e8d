import type { Collections } from '@json-express/core'

/** Whether there are users, so that no admin is seeded any more, and nobody among them who may administer the others. */
export async function lacksAdmin(collections: Collections): Promise<boolean> {
  const users = collections.get('users')
  if ((await users.count({ where: { role: 'admin', disabled: false } })) > 0) return false
  return (await users.count()) > 0
}
