import type { IQueueAdapter } from '@json-express/core'
import { queueCloseRules } from './queue/close.js'
import { queueDeliveryRules } from './queue/delivery.js'
import { queueJobIdRules } from './queue/job-id.js'
import { queueRetryRules } from './queue/retry.js'
import type { Rule } from './suite.js'

/** The queue under test. */
export interface QueueSubject {
  /** A new adapter whose queues are empty. The rules close it. */
  open(): Promise<IQueueAdapter>
}

/** What every `IQueueAdapter` has to keep. */
export const queueRules: readonly Rule<QueueSubject>[] = [
  ...queueDeliveryRules,
  ...queueRetryRules,
  ...queueJobIdRules,
  ...queueCloseRules,
]
