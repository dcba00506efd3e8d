import type { Command } from '@json-express/core'
import { mails } from './mails.js'
import { usersCreate } from './users-create.js'
import { usersDisable } from './users-disable.js'
import { usersEnable } from './users-enable.js'
import { usersImport } from './users-import.js'
import { usersList } from './users-list.js'
import { usersResetAdmin } from './users-reset-admin.js'
import { usersRevoke } from './users-revoke.js'

/** What this package adds to `json-express`. Every one goes through the collections, as HTTP does: same rules, same hooks. */
export const commands: Command[] = [
  usersList,
  usersCreate,
  usersDisable,
  usersEnable,
  usersRevoke,
  usersResetAdmin,
  usersImport,
  mails,
]
