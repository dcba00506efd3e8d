import {
  defineModel,
  errors,
  type IConfigProvider,
  type Model,
  type ModelOptions,
  types,
  validationFailed,
} from '@json-express/core'
import { identityErrors } from './errors.js'
import { identityOf } from './identity.js'
import { ROLE } from './role.js'
import { userHooks } from './user-hooks.js'

const NOBODY = { read: false, create: false, update: false } as const

/** The models of identity for one app: its users, their accounts elsewhere, and the outbox of mails still to be sent. */
export function models(config: IConfigProvider): Model[] {
  const identity = identityOf(config)
  return [
    defineModel({ ...users, hooks: userHooks(identity) }),
    ...(identity.settings.external ? [defineModel(identities)] : []),
    defineModel({
      name: 'auth_mails',
      fields: {
        id: types.id(),
        kind: types.string({ required: true }),
        user: types.relation({ target: 'users', onDelete: 'cascade' }),
        /** Where it goes, unless to the address the user has when it is sent. */
        address: types.string({ maxLength: 254 }),
        /** Of the user when it was asked for: what may no longer happen after a revocation is compared with it. */
        tokenVersion: types.number(),
        attempts: types.number({ default: 0 }),
        lastError: types.string(),
        /** When it was first tried and did not go. */
        firstTriedAt: types.date(),
        /** When it was given up: refused for good, or nobody took it for days. */
        failedAt: types.date(),
        createdAt: types.date(),
      },
      access: { ...NOBODY, delete: false },
      hooks: {
        // not awaited: whoever caused the mail is answered meanwhile
        afterCreate: (intent) => void identity.outbox?.nudge(String(intent.id)),
      },
    }),
  ]
}

/** Apps may add fields, hooks and endpoints; the rules stand. */
const users: ModelOptions = {
  name: 'users',
  fields: {
    id: types.id(),
    email: types.string({ required: true, unique: true, maxLength: 254, access: { create: 'admin', update: false } }),
    role: types
      .string({ default: 'user', maxLength: 64, pattern: ROLE, access: { create: 'admin', update: 'admin' } })
      .required()
      .index(),
    emailVerified: types.boolean({ default: false, access: { create: false, update: false } }).required(),
    disabled: types.boolean({ default: false, access: { create: 'admin', update: 'admin' } }).required(),
    password: types.string({ virtual: true, access: NOBODY }),
    passwordHash: types.string({ access: NOBODY }),
    tokenVersion: types.number({ default: 0, min: 0, access: NOBODY }),
    createdAt: types.date(),
    updatedAt: types.date(),
  },
  access: { read: ['owner', 'admin'], create: 'admin', update: ['owner', 'admin'], delete: 'admin', ownerField: 'id' },
  extension: { fieldAccess: { create: 'admin', update: 'admin' } },
  uniqueError: (fields) =>
    fields.includes('email')
      ? new identityErrors.DuplicateEmail()
      : new errors.UniqueViolation(`${fields.join(', ')} is taken already`),
}

/**
 * Which subject of an identity provider is which user. A link grants nothing: a user who is disabled or gone locks the
 * subject out, so a link outlives its user, until an admin removes it.
 */
const identities: ModelOptions = {
  name: 'auth_identities',
  fields: {
    id: types.id(),
    userId: types.string().required().maxLength(255).index(),
    issuer: types.string().required().maxLength(255),
    subject: types.string().required().maxLength(255).index(),
    createdAt: types.date(),
  },
  access: { read: 'admin', create: 'admin', update: false, delete: 'admin' },
  hooks: {
    async beforeCreate({ userId }, { collections }) {
      if ((await collections.get('users').get(String(userId))) !== null) return
      throw validationFailed([{ field: 'userId', message: 'refers to a record that does not exist' }])
    },
  },
}
