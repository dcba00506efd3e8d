import { adapterRules } from '@json-express/testing'
import t from 'tap'
import { createMemoryAdapter } from '../src/index.js'

for (const rule of adapterRules) {
  t.test(rule.name, () => rule.run({ open: async () => createMemoryAdapter() }))
}
