import { type Collection, EmailRejectedError, type Row } from '@json-express/core'

/** A mail nobody takes for this long, counted from the first try, is given up, as mail servers do (RFC 5321 section 4.5.4.1: at least 4 to 5 days). */
const GIVE_UP_MS = 5 * 86_400_000
const MOST_CHARACTERS = 500

/**
 * Notes in an owed mail why it did not go, for the operator. Resolves to the row with `failedAt` when it is given up:
 * refused for good, or tried for five days. `null` while it is to be tried again, or is owed no more.
 */
export async function noteFailure(intents: Collection, intentId: string, error: unknown): Promise<Row | null> {
  const intent = await intents.get(intentId)
  if (intent === null) return null
  const lastError = (error instanceof Error ? error.message : String(error)).slice(0, MOST_CHARACTERS)
  const attempts = Number(intent.attempts) + 1
  // not since it is owed: it may have waited for a worker
  const firstTriedAt = String(intent.firstTriedAt ?? new Date().toISOString())
  const over = error instanceof EmailRejectedError || Date.now() - Date.parse(firstTriedAt) > GIVE_UP_MS
  const noted = await intents.update(intentId, {
    attempts,
    lastError,
    firstTriedAt,
    failedAt: over ? new Date().toISOString() : null,
  })
  return over ? noted : null
}
