import { type Model, type Routes, types } from '@json-express/core'
import t from 'tap'
import { modelProblems, ownerProblems, routesProblems } from '../../src/models/check.js'

const handler = () => null

/** What is said of a model with one part of it replaced. */
const said = (part: object): string[] => {
  const model = { kind: 'model', fields: { a: { kind: 'string' } }, ...part } as unknown as Model
  return modelProblems('notes', model).map(([path, message]) => `${path} ${message}`)
}

t.test('a model in order has no problems', async (t) => {
  const fields = {
    id: types.id().definition,
    title: types.string().required().minLength(1).maxLength(1).enum(['a', 'b']).pattern(/a/).definition,
    size: types.number().min(1).max(1).definition,
    at: types.date().min('2026-01-31').max('2026-01-31T00:00:00Z').definition,
    of: types.relation({ target: 'notes', onDelete: 'setNull', type: 'one-to-one', foreignKey: 'constructor' })
      .definition,
    open: types.boolean({ access: { read: undefined as unknown as string } }).definition,
  }
  t.strictSame(
    said({ fields, access: { read: 'public' }, hooks: { beforeCreate: handler }, endpoints: { 'GET /x': handler } }),
    [],
  )
})

for (const [title, part, expected] of [
  ['fields left out', { fields: undefined }, /^fields must be fields by name/],
  ['rules as text', { access: 'public' }, /^access must be rules by operation/],
  [
    'an owner field that is no name',
    { access: { ownerField: ['a'] } },
    /^access.ownerField must be the name of a field/,
  ],
  ['hooks as text', { hooks: 'x' }, /^hooks must be functions by name/],
  ['a hook that is no function', { hooks: { beforeCreate: 'x' } }, /^hooks.beforeCreate must be a function/],
  ['endpoints as a list', { endpoints: [handler] }, /^endpoints must be handlers by method and path/],
  ['a handler that is no function', { endpoints: { 'GET /x': 'hello' } }, /^endpoints.GET \/x must be a function/],
  ['a handler left out', { endpoints: { 'GET /x': { access: 'public' } } }, /^endpoints.GET \/x must be a function/],
] as const) {
  t.test(`one line for ${title}`, async (t) => {
    const lines = said(part)
    t.equal(lines.length, 1)
    t.match(lines[0], expected)
  })
}

for (const [title, fields, expected] of [
  ['null', { x: null }, /^fields.x has no known type/],
  ['a type that objects inherit', { x: { kind: 'constructor' } }, /^fields.x has no known type/],
  ['the name of the search', { q: types.string() }, /^fields.q is the parameter that searches/],
  ['a name of a parameter', { _page: types.string() }, /^fields._page is not a field name/],
  ['a name that nobody can set', { ['__proto__']: types.string() }, /^fields.__proto__ is not a field name/],
  ['rules as text', { x: types.string({ access: 'admin' as never }) }, /^fields.x.access must be rules by operation/],
  [
    'rules of an id',
    { id: types.id({ access: { read: 'admin' } }) },
    /^fields.id.access is no option of types.id\(\): whoever/,
  ],
  ['a default of an id', { id: types.id({ default: 'x' }) }, /^fields.id.default is no option of types.id/],
  ['a flag that is none', { x: types.string({ required: 'no' as never }) }, /^fields.x.required must be true or false/],
  ['a length below zero', { x: types.string().minLength(-1) }, /^fields.x.minLength must be a whole number from 0/],
  ['half a character', { x: types.string().maxLength(1.5) }, /^fields.x.maxLength must be a whole number from 0/],
  ['no number', { x: types.number().min(Number.NaN) }, /^fields.x.min must be a number/],
  ['no date', { x: types.date().min('soon') }, /^fields.x.min must be a date such as 2026-01-31/],
  ['no such day', { x: types.date().max('2026-02-30') }, /^fields.x.max must be a date/],
  ['min above max', { x: types.number().min(5).max(1) }, /^fields.x.min is above max/],
  ['a date min above max', { x: types.date().min('2026-02-01').max('2026-01-01') }, /^fields.x.min is above max/],
  [
    'minLength above maxLength',
    { x: types.string().minLength(9).maxLength(2) },
    /^fields.x.minLength is above maxLength/,
  ],
  ['a choice given twice', { x: types.string().enum(['a', 'b', 'a']) }, /^fields.x.enum has "a" twice/],
  [
    'a choice of another type',
    { x: types.string().enum([1]) },
    /^fields.x.enum must be a list of values that are each a string/,
  ],
  ['a relation without target', { x: types.relation({} as never) }, /^fields.x.target must name the collection/],
  [
    'a type of relation there is not',
    { x: types.relation({ target: 'notes', type: 'one-to-many' as never }) },
    /^fields.x.type must be many-to-one or one-to-one/,
  ],
  [
    'a misspelt onDelete',
    { x: types.relation({ target: 'notes', onDelete: 'setnull' as never }) },
    /^fields.x.onDelete must be restrict, setNull, cascade/,
  ],
  [
    'setNull on a required field',
    { x: types.relation({ target: 'notes', onDelete: 'setNull', required: true }) },
    /^fields.x.onDelete cannot be setNull on a required field/,
  ],
  [
    'a foreign key that is no name',
    { x: types.relation({ target: 'notes', foreignKey: 'a-b; drop' }) },
    /^fields.x.foreignKey is not a field name/,
  ],
  [
    'an empty foreign key',
    { x: types.relation({ target: 'notes', foreignKey: '' }) },
    /^fields.x.foreignKey is not a field name/,
  ],
  [
    'the id as foreign key',
    { x: types.relation({ target: 'notes', foreignKey: 'id' }) },
    /^fields.x.foreignKey is the id of the record itself/,
  ],
] as const) {
  t.test(`one line for a field with ${title}`, async (t) => {
    const plain = Object.entries(fields).map(([name, field]) => [name, Object(field).definition ?? field])
    const lines = said({ fields: Object.fromEntries(plain) })
    t.equal(lines.length, 1)
    t.match(lines[0], expected)
  })
}

t.test("'owner' needs to know whose a record is", async (t) => {
  const model = {
    kind: 'model',
    fields: { a: types.string({ access: { read: ['admin', 'owner'] } }).definition, b: { kind: 'string' } },
    access: { update: 'owner', read: 'public' },
  } as unknown as Model
  t.strictSame(
    ownerProblems(model).map(([path]) => path),
    ['access.update', 'fields.a.access.read'],
  )
  t.strictSame(ownerProblems({ ...model, access: { ...model.access, ownerField: 'b' } }), [])
})

for (const [title, name, routes, expected] of [
  ['nothing in it', 'stats', {}, /^endpoints has none: defineRoutes/],
  ['an empty list', 'stats', { endpoints: {} }, /^endpoints has none/],
  ['a handler that is none', 'stats', { endpoints: { 'GET /': 1 } }, /^endpoints.GET \/ must be a function/],
  ['a name of the server', 'health', { endpoints: { 'GET /': handler } }, /^name "health" is taken/],
  ['a parameter for a name', ':id', { endpoints: { 'GET /': handler } }, /^name ":id" is not a collection name/],
] as const) {
  t.test(`one line for routes with ${title}`, async (t) => {
    const lines = routesProblems(name, { kind: 'routes', ...routes } as unknown as Routes)
    t.equal(lines.length, 1)
    t.match(lines[0]?.join(' '), expected)
  })
}
