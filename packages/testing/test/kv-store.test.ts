import t from 'tap'
import { kvStoreRules } from '../src/index.js'
import { breaks } from './breaks.js'
import { kvFaults } from './kv-store-faults.js'
import { createPlainKvStore } from './plain-kv-store.js'

for (const rule of kvStoreRules) {
  t.test(`a correct store keeps: ${rule.name}`, () => rule.run({ open: async () => createPlainKvStore() }))
  t.ok(
    kvFaults.some(([name]) => name === rule.name),
    `there is a fault for: ${rule.name}`,
  )
}

for (const [rule, fault, broken] of kvFaults) {
  t.test(`${rule}: finds '${fault}'`, () =>
    breaks(kvStoreRules, rule, {
      async open() {
        const kv = createPlainKvStore()
        return { ...kv, ...broken(kv) }
      },
    }),
  )
}
