import { defineModel, types } from '@json-express/core'

// A help desk: whoever is signed in opens tickets and sees his own, agents and the admin see all of them.
export default defineModel({
  fields: {
    id: types.id(),
    subject: types.string().required().minLength(3).maxLength(200),
    text: types.string().required().maxLength(20_000),
    state: types.string({ default: 'open', access: { create: false, update: 'agent' } }),
    opener: types.relation({ target: 'users', foreignKey: 'openerId' }),
    createdAt: types.date(),
    updatedAt: types.date(),
  },
  access: {
    read: ['owner', 'agent'],
    create: 'user',
    update: ['owner', 'agent'],
    delete: 'admin',
    ownerField: 'openerId',
  },
})
