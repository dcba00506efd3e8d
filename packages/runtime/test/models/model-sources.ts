import { BootError, defineModel, type Model, types } from '@json-express/core'
import type { LoadedModel } from '../../src/models/load.js'
import { type ModelSources, resolveModels } from '../../src/models/resolve.js'

export const users = defineModel({
  name: 'users',
  fields: {
    id: types.id(),
    email: types.string().required().unique(),
    role: types.string({ default: 'user', access: { create: 'admin', update: 'admin' } }),
    passwordHash: types.string({ access: { read: false, create: false, update: false } }),
  },
  access: { read: ['owner', 'admin'], create: 'admin', update: ['owner', 'admin'], delete: 'admin', ownerField: 'id' },
  extension: { fieldAccess: { create: 'admin', update: 'admin' } },
})

export const sources = (given: Partial<ModelSources>): ModelSources => ({
  packages: [],
  app: [],
  data: [],
  authenticated: true,
  ...given,
})

export const file = (name: string, definition: Model, source = ''): LoadedModel => ({
  name,
  file: `models/${name}.ts`,
  source,
  definition,
})

export const withUsers = (definition: Model, source?: string) =>
  sources({
    packages: [{ origin: '@json-express/plugin-identity', model: users }],
    app: [file('users', definition, source)],
  })

export function problemsOf(given: ModelSources): string {
  try {
    resolveModels(given)
  } catch (error) {
    if (error instanceof BootError) return error.message
    throw error
  }
  return ''
}
