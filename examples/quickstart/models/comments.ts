import { defineModel, types } from '@json-express/core'

// A comment goes when its article goes. Its author may change it, and its author or an editor may remove it.
export default defineModel({
  fields: {
    id: types.id(),
    body: types.string().required().minLength(1).maxLength(2000),
    article: types.relation({ target: 'articles', onDelete: 'cascade' }).required(),
    author: types.relation({ target: 'users', foreignKey: 'authorId' }),
    createdAt: types.date(),
    updatedAt: types.date(),
  },
  access: { read: 'public', create: 'user', update: 'owner', delete: ['owner', 'editor'], ownerField: 'authorId' },
})
