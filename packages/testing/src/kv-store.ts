import type { IKvStore } from '@json-express/core'
import { kvAtomicRules } from './kv-store/atomic.js'
import { kvTtlRules } from './kv-store/ttl.js'
import { kvValueRules } from './kv-store/values.js'
import type { Rule } from './suite.js'

/** The store under test. */
export interface KvStoreSubject {
  /** A new store in which nothing is. The rules close it. */
  open(): Promise<IKvStore>
}

/** What every `IKvStore` has to keep. */
export const kvStoreRules: readonly Rule<KvStoreSubject>[] = [...kvValueRules, ...kvTtlRules, ...kvAtomicRules]
