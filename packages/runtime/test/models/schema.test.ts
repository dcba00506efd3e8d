import { defineModel, types } from '@json-express/core'
import t from 'tap'
import { resolveModels } from '../../src/models/resolve.js'

t.test('existing rows get a default in the form in which it is stored', async (t) => {
  const fields = {
    at: types.date().default('2026-01-01T00:00:00+01:00'),
    text: types.string().default('2026-01-01T00:00:00+01:00'),
    made: types.date().default(() => new Date().toISOString()),
  }
  const { models } = resolveModels({
    packages: [],
    app: [{ name: 'notes', file: 'models/notes.ts', source: '', definition: defineModel({ fields }) }],
    data: [],
    authenticated: true,
  })
  const columns = new Map(models[0]?.schema.columns.map((column) => [column.name, column.default]))
  t.equal(columns.get('at'), '2025-12-31T23:00:00.000Z')
  t.equal(columns.get('text'), '2026-01-01T00:00:00+01:00')
  t.equal(columns.get('made'), undefined)
})
