import { defineModel, defineRoutes, type Endpoints } from '@json-express/core'
import t from 'tap'
import type { LoadedModel } from '../../src/models/load.js'
import { file, problemsOf, sources, withUsers } from './model-sources.js'

const handler = () => null
const routes = (endpoints: Record<string, unknown>): LoadedModel => ({
  ...file('tools', defineModel({ fields: {} })),
  definition: defineRoutes({ endpoints: endpoints as Endpoints }),
})
const withEndpoints = (endpoints: Record<string, unknown>) => [
  ...[routes(endpoints), file('notes', defineModel({ fields: {}, endpoints: endpoints as Endpoints }))],
]

t.test('without auth, an endpoint whose rule needs a caller stops boot with the install line', async (t) => {
  for (const access of ['user', 'admin', ['public', 'editor'], 'editor']) {
    const message = problemsOf(
      sources({ authenticated: false, app: withEndpoints({ 'GET /x': { access, handler }, 'GET /y': handler }) }),
    )
    const line = 'endpoints.GET /x.access needs to know who calls: npm install @json-express/middleware-auth'
    for (const name of ['tools', 'notes']) t.match(message, `models/${name}.ts ${line}`, JSON.stringify(access))
    t.notMatch(message, 'GET /y')
  }
  const open = { 'GET /x': { access: 'public', handler }, 'GET /y': { access: false, handler }, 'GET /z': handler }
  t.equal(problemsOf(sources({ authenticated: false, app: withEndpoints(open) })), '')
  t.match(
    problemsOf({
      ...withUsers(defineModel({ fields: {}, endpoints: { 'GET /badge': { access: 'admin', handler } } })),
      authenticated: false,
    }),
    /endpoints\.GET \/badge\.access needs to know/,
    'also in the extension of a model',
  )
})

t.test('an endpoint with a rule that is none stops boot, with and without auth', async (t) => {
  for (const authenticated of [true, false]) {
    for (const access of [null, true, [], 'Admin', '', 7, {}, ['admin', null]]) {
      const message = problemsOf(sources({ authenticated, app: withEndpoints({ 'GET /x': { access, handler } }) }))
      for (const name of ['tools', 'notes'])
        t.match(message, `models/${name}.ts endpoints.GET /x.access `, `${name} ${JSON.stringify(access)}`)
    }
  }
  const origin = 'some-package'
  const model = defineModel({ name: 'things', fields: {}, endpoints: { 'GET /x': { access: [], handler } } })
  t.match(problemsOf(sources({ packages: [{ origin, model }] })), 'some-package things endpoints.GET /x.access ')
})

t.test('an endpoint has a handler, and no owner to be asked for', async (t) => {
  for (const access of ['owner', ['editor', 'owner']]) {
    const message = problemsOf(sources({ app: withEndpoints({ 'GET /:id': { access, handler } }) }))
    t.match(message, /tools\.ts endpoints\.GET \/:id\.access 'owner' cannot be checked here/)
    t.match(message, /notes\.ts endpoints\.GET \/:id\.access 'owner' cannot be checked here/)
  }
  for (const endpoint of [{ access: 'user' }, null, 'x', undefined])
    t.match(
      problemsOf(sources({ app: withEndpoints({ 'GET /x': endpoint }) })),
      /endpoints\.GET \/x must be a function/,
    )
})
