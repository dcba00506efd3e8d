import { defineModel, defineRoutes, type Model, types } from '@json-express/core'
import t from 'tap'
import { resolveModels } from '../../src/models/resolve.js'
import { file, problemsOf, sources, withUsers } from './model-sources.js'

t.test('an app extends a model of a package', async (t) => {
  const hook = () => undefined
  const { models } = resolveModels(
    withUsers(
      defineModel({
        fields: { nickname: types.string({ access: { update: 'owner' } }), plan: types.string() },
        hooks: { afterCreate: hook },
        endpoints: { 'GET /:id/badge': () => null },
      }),
    ),
  )
  const [model] = models
  t.equal(models.length, 1)
  t.same(model?.fields.get('nickname')?.access, { create: 'admin', update: 'owner' }, 'opened by the app')
  t.same(model?.fields.get('plan')?.access, { create: 'admin', update: 'admin' }, 'closed unless the app opens it')
  t.same(model?.fields.get('passwordHash')?.access, { read: false, create: false, update: false })
  t.same(model?.hooks, [{ afterCreate: hook }])
  t.same(Object.keys(model?.endpoints ?? {}), ['GET /:id/badge'])
})

t.test('an app may tighten the rules of a package but not loosen them', async (t) => {
  const { models } = resolveModels(withUsers(defineModel({ fields: {}, access: { read: 'admin', delete: false } })))
  t.equal(models[0]?.access.read, 'admin')
  t.equal(models[0]?.access.delete, false)

  const source = 'export default defineModel({\n  fields: {},\n  access: {\n    read: "public",\n  },\n})'
  const message = problemsOf(withUsers(defineModel({ fields: {}, access: { read: 'public' } }), source))
  t.match(message, /models\/users\.ts:4 access\.read 'public' would loosen users/)
})

for (const [attempt, definition, expected] of [
  [
    'to show the hash',
    { fields: { passwordHash: types.string({ access: { read: 'public' } }) } },
    /fields\.passwordHash/,
  ],
  ['to open the role', { fields: { role: types.string() } }, /fields\.role belongs to the users model/],
  ['to change the owner', { fields: {}, access: { ownerField: 'email' } }, /access\.ownerField/],
  ['to let users delete', { fields: {}, access: { delete: 'owner' } }, /access\.delete 'owner' would loosen/],
  ['to let anybody create', { fields: {}, access: { create: ['public'] } }, /access\.create/],
  [
    'a required field without a default',
    { fields: { plan: types.string().required() } },
    /fields\.plan is required, so/,
  ],
  [
    'a hook that would write past those of the package',
    { fields: {}, hooks: { amendUpdate: () => undefined } },
    /hooks\.amendUpdate is not a hook/,
  ],
] as const) {
  t.test(`stops at ${attempt}`, async (t) => {
    t.match(problemsOf(withUsers(defineModel(definition as Parameters<typeof defineModel>[0]))), expected)
  })
}

t.test('an app cannot have users deleted with something else, past the hooks that guard them', async (t) => {
  const team = (onDelete: 'cascade' | 'setNull') => ({
    ...withUsers(defineModel({ fields: { team: types.relation({ target: 'teams', onDelete }) } })),
    data: [{ name: 'teams', file: 'data/teams.json', rows: [{ id: 'a' }] }],
  })
  t.match(problemsOf(team('cascade')), /fields\.team\.onDelete would delete users together with teams/)
  t.equal(problemsOf(team('setNull')), '')
})

t.test("an app may let owners in where the package's model says who they are", async (t) => {
  const tighter = defineModel({
    fields: { nickname: types.string({ access: { update: 'owner' } }) },
    access: { read: 'owner' },
  })
  t.equal(resolveModels(withUsers(tighter)).models[0]?.access.read, 'owner')
})

t.test('models of packages are checked, too', async (t) => {
  const broken = defineModel({ name: 'jobs', fields: { x: types.string().minLength(-1) } })
  const packages = [{ origin: 'some-plugin', model: broken }]
  t.match(problemsOf(sources({ packages })), /^some-plugin jobs fields\.x\.minLength must be/)
  const none = { kind: 'model', name: 'jobs' } as unknown as Model
  t.match(
    problemsOf(sources({ packages: [{ origin: 'some-plugin', model: none }] })),
    /^some-plugin jobs fields must be/,
  )
})

const boxes = file('boxes', defineModel({ fields: {} }))
const crates = { name: 'crates', file: 'data/crates.json', rows: [{ id: 1 }] }

for (const [title, options, expected] of [
  [
    'two relations with one foreign key',
    {
      fields: {
        a: types.relation({ target: 'boxes', foreignKey: 'xId', access: { read: 'admin' } }),
        b: types.relation({ target: 'boxes', foreignKey: 'xId' }),
      },
    },
    /fields\.b stores xId, which is a field already/,
  ],
  [
    'a number as owner',
    { fields: { n: types.number() }, access: { ownerField: 'n' } },
    /access\.ownerField is n, which cannot/,
  ],
  [
    'a virtual owner',
    { fields: { n: types.string().virtual() }, access: { ownerField: 'n' } },
    /access\.ownerField is n, which cannot hold/,
  ],
  [
    'an owner among numbered records',
    { fields: { by: types.relation({ target: 'crates' }) }, access: { ownerField: 'by' } },
    /access\.ownerField is byId, which cannot hold/,
  ],
  ['a number that is text', { fields: { n: types.number({ default: 'x' }) } }, /fields\.n\.default must be number/],
  [
    'a default outside of the choice',
    { fields: { n: types.string().enum(['a']).default('b') } },
    /fields\.n\.default must be one of a/,
  ],
  [
    'a day for an instant',
    { fields: { n: types.date().default('2026-01-01') } },
    /fields\.n\.default must be an ISO 8601 instant/,
  ],
  [
    'a default that is no id',
    { fields: { n: types.relation({ target: 'boxes', default: {} }) } },
    /fields\.n\.default must be the id/,
  ],
  [
    'a route that is there',
    { fields: {}, endpoints: { 'GET /:slug': () => 1 } },
    /endpoints\.GET \/:slug is a route of \/notes already/,
  ],
] as const) {
  t.test(`stops at ${title}`, async (t) => {
    const definition = defineModel(options as Parameters<typeof defineModel>[0])
    const message = problemsOf(sources({ app: [file('notes', definition), boxes], data: [crates] }))
    t.match(message, expected)
    t.equal(message.split('\n').length, 1)
  })
}

t.test('routes have a name that nothing else has', async (t) => {
  const routes = (name: string, more = '') => ({
    ...file(name, boxes.definition as Model),
    file: `models/${name}${more}.routes.ts`,
    definition: defineRoutes({ endpoints: { 'GET /x': () => null } }),
  })
  const message = problemsOf(
    sources({ app: [routes('boxes'), boxes, routes('crates'), routes('a'), routes('a', '2')], data: [crates] }),
  )
  t.match(message, /models\/boxes\.routes\.ts has the name of models\/boxes\.ts: rename it/)
  t.match(message, /models\/crates\.routes\.ts has the name of data\/crates\.json/)
  t.match(message, /models\/a2\.routes\.ts has the name of models\/a\.routes\.ts/)
  t.match(problemsOf(sources({ app: [{ ...routes('ready') }] })), /models\/ready\.routes\.ts name "ready" is taken/)
})

t.test('rules default to read user and write admin, to public without auth', async (t) => {
  const given = { app: [file('notes', defineModel({ fields: { text: types.string() } }))] }
  t.match(resolveModels(sources(given)).models[0]?.access, {
    read: 'user',
    create: 'admin',
    update: 'admin',
    delete: 'admin',
  })
  t.match(resolveModels(sources({ ...given, authenticated: false })).models[0]?.access, {
    read: 'public',
    delete: 'public',
  })
})

t.test('without auth, rules that need a caller stop boot with the install line', async (t) => {
  const model = defineModel({
    fields: { a: types.string({ access: { read: 'admin' } }) },
    access: { update: 'user', read: 'public' },
  })
  const message = problemsOf(sources({ authenticated: false, app: [file('notes', model)] }))
  t.match(message, /access\.update needs to know who calls: npm install @json-express\/middleware-auth/)
  t.match(message, /fields\.a\.access\.read/)
  t.notMatch(message, /ts access\.read needs/)
})

t.test('every problem of every model is reported at once', async (t) => {
  const message = problemsOf(
    sources({
      app: [
        file('auth', defineModel({ fields: {} })),
        file(
          'a',
          defineModel({ fields: { x: types.string({ pattern: '(' }) }, access: { read: 'Owner!', update: 'owner' } }),
        ),
        file('b', defineModel({ fields: { r: types.relation({ target: 'nowhere' }) } })),
        file('c', { kind: 'model', fields: { x: { kind: 'text' } } } as unknown as Model),
        {
          ...file('d', defineModel({ fields: {} })),
          definition: defineRoutes({ endpoints: { 'FETCH /x': () => null } }),
        },
      ],
    }),
  )
  t.match(message, /models\/auth\.ts name "auth" is taken/)
  t.match(message, /fields\.x\.pattern is not a regular expression/)
  t.match(message, /access\.read "Owner!" is not a rule/)
  t.match(message, /access\.update 'owner' needs access\.ownerField/)
  t.match(message, /fields\.x has no known type/)
  t.match(message, /endpoints\.FETCH \/x/)
  t.match(
    problemsOf(sources({ app: [file('b', defineModel({ fields: { r: types.relation({ target: 'nowhere' }) } }))] })),
    /nowhere, which no model defines/,
  )
})

t.test('data for users is refused and the way in is named', async (t) => {
  const given = {
    ...withUsers(defineModel({ fields: {} })),
    data: [{ name: 'users', file: 'data/users.json', rows: [] }],
  }
  t.match(problemsOf(given), /data\/users\.json cannot be loaded.*json-express users import/)
})
