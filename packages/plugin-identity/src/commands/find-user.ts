import createError from '@fastify/error'
import type { Row } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { canonicalEmail } from '../email-address.js'

const UserNotFound = createError('NOT_FOUND', 'There is no user %s', 404)

/** The argument that `findUser` takes. */
export const USER = { name: '<user>', description: 'the address or the id of the user' } as const

/** The user with this address or id. Throws `NOT_FOUND` and `INVALID_EMAIL`. */
export async function findUser(app: FastifyInstance, emailOrId = ''): Promise<Row> {
  const users = app.collections.get('users')
  const user = emailOrId.includes('@')
    ? await users.findOne({ email: canonicalEmail(emailOrId) })
    : await users.get(emailOrId)
  if (user === null) throw new UserNotFound(emailOrId)
  return user
}
