import { defineModel, types } from '@json-express/core'

// Anybody reads them, only an admin writes them.
export default defineModel({
  fields: {
    id: types.id(),
    name: types.string().required().unique().maxLength(60),
    description: types.string().maxLength(300),
  },
  access: { read: 'public', create: 'admin', update: 'admin', delete: 'admin' },
})
