import { defineRoutes } from '@json-express/core'

// Routes without a table; the file name is the path: GET /stats.
export default defineRoutes({
  endpoints: {
    'GET /': {
      access: 'public',
      async handler(_request, _reply, { collections }) {
        const [articles, comments, featured] = await Promise.all([
          collections.get('articles').count(),
          collections.get('comments').count(),
          collections.get('articles').count({ where: { featured: true } }),
        ])
        return { articles, comments, featured }
      },
    },
  },
})
