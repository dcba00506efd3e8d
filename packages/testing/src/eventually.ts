import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

const STEP_MS = 10

/** Resolves once `check` holds, asked again and again; throws an `AssertionError` when it does not within the bound. */
export async function eventually(
  check: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 15_000,
): Promise<void> {
  const end = Date.now() + withinMs
  while (!(await check())) {
    assert.ok(Date.now() < end, `${what}: not within ${withinMs} ms`)
    await sleep(STEP_MS)
  }
}
