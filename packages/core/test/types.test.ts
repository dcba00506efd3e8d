import t from 'tap'
import { defineModel, types } from '../src/index.js'

t.test('options and chain build the same definition', async (t) => {
  t.same(
    types.string().required().maxLength(200).definition,
    types.string({ required: true, maxLength: 200 }).definition,
  )
  t.same(types.string().required().required(false).definition, { kind: 'string', required: false })
})

t.test('a chain never changes the field it started from', async (t) => {
  const base = types.string()
  base.required()
  t.same(base.definition, { kind: 'string' })
})

t.test('defineModel takes chains and plain definitions', async (t) => {
  const model = defineModel({
    fields: { id: types.id(), title: { kind: 'string', required: true }, author: types.relation({ target: 'users' }) },
  })
  t.same(model.fields, {
    id: { kind: 'id' },
    title: { kind: 'string', required: true },
    author: { kind: 'relation', target: 'users' },
  })
})
