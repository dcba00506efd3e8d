import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { framedCredentials } from './credentials-frame.js'

const TITLE = 'The first admin. This password is shown once, here: keep it.'
const EMAIL = 'admin@local'

/**
 * Makes the first admin where there are no users at all, and shows his password once, on the terminal and nowhere else.
 * Instances that start together make one: the address is unique.
 */
export async function seedAdmin(
  app: FastifyInstance,
  write = (text: string) => void process.stdout.write(text),
): Promise<void> {
  const users = app.collections.get('users')
  if ((await users.find({ limit: 1 })).length > 0) return
  const password = randomBytes(18).toString('base64url')
  try {
    const { id } = await users.create({ email: EMAIL, role: 'admin', emailVerified: true, password })
    write(`${framedCredentials(TITLE, EMAIL, password)}\n`)
    app.log.info({ event: 'admin.seeded', userId: id }, 'admin.seeded')
  } catch (error) {
    if ((error as { code?: string }).code !== 'DUPLICATE_EMAIL') throw error
  }
}
