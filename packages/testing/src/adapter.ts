import { constraintRules } from './adapter/constraints.js'
import { durableRules } from './adapter/durable.js'
import { filterRules } from './adapter/filters.js'
import { lifecycleRules } from './adapter/lifecycle.js'
import { migrationRules } from './adapter/migration.js'
import { orderRules } from './adapter/order.js'
import { referenceRules } from './adapter/references.js'
import { rowRules } from './adapter/rows.js'
import type { AdapterSubject, DurableAdapterSubject } from './adapter/subject.js'
import { transactionRules } from './adapter/transactions.js'
import { valueRules } from './adapter/values.js'
import type { Rule } from './suite.js'

export type { AdapterSubject, DurableAdapterSubject }

/** What every `IDatabaseAdapter` has to keep. */
export const adapterRules: readonly Rule<AdapterSubject>[] = [
  ...rowRules,
  ...valueRules,
  ...filterRules,
  ...orderRules,
  ...constraintRules,
  ...referenceRules,
  ...transactionRules,
  ...migrationRules,
  ...lifecycleRules,
]

/** What one that keeps its rows beyond `close` has to keep on top. */
export const durableAdapterRules: readonly Rule<DurableAdapterSubject>[] = durableRules
