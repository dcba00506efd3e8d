import { defineModel, types } from '@json-express/core'
import t from 'tap'
import { resolveModels } from '../../src/models/resolve.js'
import { createValidator } from '../../src/models/validator.js'

const fields = {
  free: types.string(),
  once: types.string().unique(),
  sought: types.string().index(),
  short: types.string().unique().maxLength(5),
  wide: types.string().index().maxLength(5000),
}
const { models } = resolveModels({
  packages: [{ origin: 'here', model: defineModel({ name: 'notes', fields }) }],
  app: [],
  data: [],
  authenticated: true,
})
const validate = createValidator(models[0] as (typeof models)[0])

t.test('text with an index is no longer than an index of any database takes', async (t) => {
  const longest = { free: 10_000, once: 600, sought: 600, short: 5, wide: 600 }
  for (const [field, length] of Object.entries(longest)) {
    t.strictSame(validate({ [field]: '𝒳'.repeat(length) }), [], `${length} code points in ${field}`)
    if (field === 'free') continue
    const message = `must NOT have more than ${length} characters`
    t.strictSame(validate({ [field]: 'x'.repeat(length + 1) }), [{ field, message }])
  }
})
