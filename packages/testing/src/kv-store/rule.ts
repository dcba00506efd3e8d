import type { IKvStore } from '@json-express/core'
import type { KvStoreSubject } from '../kv-store.js'
import type { Rule } from '../suite.js'

/** A rule that works on a store of its own, closed afterwards whatever happens. */
export function kvStoreRule(name: string, work: (kv: IKvStore) => Promise<void>): Rule<KvStoreSubject> {
  return {
    name,
    async run(subject) {
      const kv = await subject.open()
      try {
        await work(kv)
      } finally {
        await kv.close()
      }
    },
  }
}
