import { defineModel, errors, types } from '@json-express/core'

// Anybody reads, whoever is signed in writes, and only its author changes or removes an article.
export default defineModel({
  fields: {
    id: types.id(),
    title: types.string().required().minLength(3).maxLength(200),
    // Made by the hook below; `false`: no request may write it.
    slug: types.string({ unique: true, access: { create: false, update: false } }),
    summary: types.string().maxLength(500),
    body: types.string().required().maxLength(20_000),
    category: types.relation({ target: 'categories' }).required(),
    author: types.relation({ target: 'users', foreignKey: 'authorId' }),
    featured: types.boolean({ default: false, access: { create: false, update: false } }),
    publishedAt: types.date().index(),
    // Other callers never see this field, not even its name.
    internalNotes: types.string({ access: { read: 'admin', create: 'admin', update: 'admin' } }),
    createdAt: types.date(),
    updatedAt: types.date(),
  },
  access: { read: 'public', create: 'user', update: 'owner', delete: 'owner', ownerField: 'authorId' },
  hooks: {
    async beforeCreate(article, { collections }) {
      const slug = slugOf(String(article.title))
      const taken = await collections.get('articles').findOne({ slug })
      article.slug = taken === null ? slug : `${slug}-${Date.now().toString(36)}`
      article.publishedAt ??= new Date().toISOString()
    },
    afterCreate(article, { log }) {
      log.info({ slug: article.slug }, 'article published')
    },
  },
  endpoints: {
    'POST /:id/feature': {
      access: 'editor',
      async handler(request, _reply, { collections }) {
        const { id } = request.params as { id: string }
        const article = await collections.get('articles').update(Number(id), { featured: true })
        if (article === null) throw new errors.NotFound()
        return { id: article.id, title: article.title, featured: article.featured }
      },
    },
  },
})

function slugOf(title: string): string {
  const words = title
    .normalize('NFKD')
    .toLowerCase()
    .match(/[a-z0-9]+/g)
  return words?.join('-') ?? 'article'
}
