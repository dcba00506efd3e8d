/**
 * BullMQ takes no ":" in the name of a queue, and neither that nor a number for the id of a job. Both are encoded so that
 * any string will do, and simple ones stay readable in Redis.
 */
export const jobNames = {
  queue: (name: string): string => encode('queue name', name),
  job: (id: string): string => `${PREFIX}${encode('jobId', id)}`,
  idOf: (job: { id?: string }): string => decodeURIComponent(String(job.id).slice(PREFIX.length)),
} as const

const PREFIX = 'id-'

function encode(what: string, text: string): string {
  if (text === '') throw new TypeError(`queue: a ${what} must not be empty`)
  try {
    return encodeURIComponent(text)
  } catch (cause) {
    throw new TypeError(`queue: a ${what} must be well-formed Unicode`, { cause })
  }
}
