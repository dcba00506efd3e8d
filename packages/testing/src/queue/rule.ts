import type { IQueueAdapter } from '@json-express/core'
import type { QueueSubject } from '../queue.js'
import type { Rule } from '../suite.js'

export const HOUR = 3_600_000

/** A rule that works on an adapter of its own, closed afterwards whatever happens. */
export function queueRule(name: string, work: (queue: IQueueAdapter) => Promise<void>): Rule<QueueSubject> {
  return {
    name,
    async run(subject) {
      const queue = await subject.open()
      try {
        await work(queue)
      } catch (error) {
        // A job may hang in what is broken, and close would wait for it.
        queue.close().catch(() => {})
        throw error
      }
      await queue.close()
    },
  }
}

/** A promise that somebody else resolves. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
