import { defineModel, types } from '@json-express/core'
import t from 'tap'
import { resolveModels } from '../../src/models/resolve.js'
import { createValidator, normaliseDates } from '../../src/models/validator.js'

const fields = {
  free: types.string(),
  once: types.string().unique(),
  sought: types.string().index(),
  short: types.string().unique().maxLength(5),
  wide: types.string().index().maxLength(5000),
  at: types.date().min('2000-01-01'),
}
const { models } = resolveModels({
  packages: [{ origin: 'here', model: defineModel({ name: 'notes', fields }) }],
  app: [],
  data: [],
  authenticated: true,
})
const model = models[0] as (typeof models)[0]
const validate = createValidator(model)

t.test('text with an index is no longer than an index of any database takes', async (t) => {
  const longest = { free: 10_000, once: 600, sought: 600, short: 5, wide: 600 }
  for (const [field, length] of Object.entries(longest)) {
    t.strictSame(validate({ [field]: '𝒳'.repeat(length) }), [], `${length} code points in ${field}`)
    if (field === 'free') continue
    const message = `must NOT have more than ${length} characters`
    t.strictSame(validate({ [field]: 'x'.repeat(length + 1) }), [{ field, message }])
  }
})

t.test('a date is an instant that can be stored in one form', async (t) => {
  for (const at of ['2016-12-31T23:59:60Z', '9999-12-31T23:59:59-14:00', '2026-01-01\n12:00:00Z']) {
    const message = 'must be an ISO 8601 instant such as 2026-01-31T12:00:00Z'
    t.strictSame(validate({ at }), [{ field: 'at', message }], JSON.stringify(at))
  }
  t.match(validate({ at: '1999-12-31T23:59:59Z' }), [{ field: 'at', message: /must lie between/ }])
  const data = { at: '2026-01-01 12:00:00+01:00', once: '2026-01-01T12:00:00Z' }
  t.strictSame(validate(data), [])
  normaliseDates(model, data)
  t.strictSame(data, { at: '2026-01-01T11:00:00.000Z', once: '2026-01-01T12:00:00Z' })
})
