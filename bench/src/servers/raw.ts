import fastify from 'fastify'
import { serve } from '../server-process.js'

/** The peer: Fastify with one route and nothing else. */
const app = fastify()
app.get('/noop', async () => ({ ok: true }))
serve({ url: await app.listen({ port: 0, host: '127.0.0.1' }) })
