import assert from 'node:assert/strict'
import type { Rule } from '../src/suite.js'

/** Asserts that the rule of this name finds the fault: it throws, and says so as an assertion. */
export async function breaks<T>(rules: readonly Rule<T>[], name: string, subject: T): Promise<void> {
  const rule = rules.find((one) => one.name === name)
  assert.ok(rule, `there is no rule '${name}'`)
  await assert.rejects(() => rule.run(subject), { name: 'AssertionError' }, `'${name}' does not find the fault`)
}
