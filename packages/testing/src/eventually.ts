import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long the rules wait for something before they call it broken, in milliseconds. Raise it for a slow backend. */
export const patience = { ms: 15_000 }

const STEP_MS = 10

/** Resolves once `check` holds, asked again and again; throws an `AssertionError` when patience ends before. */
export async function eventually(check: () => boolean | Promise<boolean>, what: string, times = 1): Promise<void> {
  const within = patience.ms * times
  const end = Date.now() + within
  while (!(await check())) {
    assert.ok(Date.now() < end, `${what}: not within ${within} ms`)
    await sleep(STEP_MS)
  }
}
