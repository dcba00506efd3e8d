import { join } from 'node:path'
import type { IDatabaseAdapter } from '@json-express/core'
import { adapterRules, type DurableAdapterSubject, durableAdapterRules } from '@json-express/testing'
import t from 'tap'
import { createSqliteAdapter } from '../src/index.js'

const files = new WeakMap<IDatabaseAdapter, string>()

function inFolder(folder: string): DurableAdapterSubject {
  let count = 0
  const open = (file: string) => {
    const db = createSqliteAdapter({ file })
    files.set(db, file)
    return db
  }
  return {
    open: async () => open(join(folder, `${count++}.sqlite`)),
    reopen: async (closed) => open(files.get(closed) ?? ''),
  }
}

t.test('on a file', async (t) => {
  const subject = inFolder(t.testdir())
  for (const rule of adapterRules) t.test(rule.name, () => rule.run(subject))
  for (const rule of durableAdapterRules) t.test(rule.name, () => rule.run(subject))
})

t.test('in memory', async (t) => {
  const subject = { open: async () => createSqliteAdapter({ file: ':memory:' }) }
  for (const rule of adapterRules) t.test(rule.name, () => rule.run(subject))
})
