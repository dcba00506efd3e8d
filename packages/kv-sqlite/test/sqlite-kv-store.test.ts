import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { mock } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { KvValue } from '@json-express/core'
import { kvStoreRules } from '@json-express/testing'
import Database from 'libsql'
import t, { type Test } from 'tap'
import { bare } from '../../../test/harness/bare.js'
import { createSqliteKvStore } from '../src/index.js'

t.test('keeps the contract', async (t) => {
  t.jobs = 8 // most of them wait for a TTL
  const dir = t.testdir()
  let files = 0
  const open = async () => createSqliteKvStore({ file: join(dir, `${files++}.sqlite`) })
  for (const rule of kvStoreRules) void t.test(rule.name, { buffered: true }, () => rule.run({ open }))
})

t.test('refuses what is no key and no value, and takes any text', async (t) => {
  const { kv } = store(t)
  for (const key of [['a'], 1, null, undefined]) await t.rejects(kv.get(key as unknown as string), TypeError)
  for (const value of [null, undefined, Number.NaN, () => {}, Symbol('s'), 1n]) {
    await t.rejects(kv.set('key', value as unknown as KvValue), TypeError)
  }
  for (const text of ['a\0b', 'a\0c', '\ud800', '😀', "'; DROP TABLE entries --"]) {
    await kv.set(text, text)
    t.equal(await kv.get(text), text)
  }
  t.equal(await kv.get('a'), null)
})

t.test('what was acknowledged is there when the file is opened again', async (t) => {
  const { kv, file } = store(t)
  await kv.set('kept', { deep: [1] }, { ttlMs: 60_000 })
  await kv.set('over', 1, { ttlMs: 1 })
  await kv.increment('count', { ttlMs: 60_000 })
  await kv.close()
  const again = createSqliteKvStore({ file })
  t.teardown(() => again.close())
  t.strictSame(await again.get('kept'), { deep: [1] })
  t.equal(await again.get('over'), null)
  t.equal(await again.increment('count'), 2)
})

t.test('close waits for what was asked before it', async (t) => {
  const { kv, file } = store(t)
  const writes = Array.from({ length: 50 }, (_, n) => kv.set(`key ${n}`, n))
  await kv.close()
  await Promise.all(writes)
  const again = createSqliteKvStore({ file })
  t.teardown(() => again.close())
  t.equal(await again.get('key 49'), 49)
})

t.test('of processes that take at once each token goes to one, and no count is lost', async (t) => {
  const { kv, file } = store(t)
  for (let n = 0; n < 60; n++) await kv.set(`token ${n}`, n)
  const takers = [1, 2, 3].map(() => child(t, 'taker.js', file, '60'))
  for (const taker of takers) await once(taker, 'message')
  const taken = takers.map((taker) => once(taker, 'message').then(([numbers]) => numbers as number[]))
  for (const taker of takers) taker.send('go')
  const all = (await Promise.all(taken)).flat().sort((a, b) => a - b)
  t.strictSame(
    all,
    Array.from({ length: 60 }, (_, n) => n),
  )
  t.equal(await kv.get('count'), 180)
})

t.test('a process killed at any moment loses nothing that was acknowledged', async (t) => {
  const { kv, file } = store(t)
  let next = 0
  for (let round = 0; round < 4; round++) {
    const writer = child(t, 'writer.js', file, String(next))
    const exited = once(writer, 'exit')
    let last = -1
    writer.on('message', (n) => {
      last = Number(n)
      if (last >= next + 10 + round) writer.kill('SIGKILL')
    })
    await exited
    for (let n = next; n <= last; n++) t.equal(await kv.get(`entry ${n}`), n)
    t.ok(Number(await kv.get('count')) >= last + 1)
    next = Number(await kv.get('last')) + 1
    t.ok(next > last)
  }
})

t.test('while another process writes calls wait, for a bounded time, and nothing happens by halves', async (t) => {
  const { kv, file } = store(t, 100)
  await kv.set('key', 'old')
  const other = new Database(file)
  t.teardown(() => other.close())
  other.exec('BEGIN IMMEDIATE')
  t.equal(await kv.get('key'), 'old', 'reads do not wait')
  await t.rejects(kv.set('key', 'new'), { name: 'UnavailableError' })
  const patient = createSqliteKvStore({ file, waitMs: 60_000 })
  t.teardown(() => patient.close())
  const waiting = Promise.all([patient.set('key', 'newer'), patient.increment('count')])
  await kv.get('key')
  other.exec('COMMIT')
  await waiting
  t.equal(await kv.get('key'), 'newer')
  t.equal(await kv.get('count'), 1)
})

t.test('goes on after the file has failed', async (t) => {
  const { kv, file } = store(t)
  await kv.set('key', 1)
  const other = new Database(file)
  t.teardown(() => other.close())
  other.exec('ALTER TABLE entries RENAME TO gone')
  await t.rejects(kv.get('key'), { name: 'UnavailableError' })
  other.exec('DROP TABLE IF EXISTS entries; ALTER TABLE gone RENAME TO entries')
  t.equal(await kv.get('key'), 1)
  await kv.set('key', 2)
  t.equal(await kv.get('key'), 2)
})

t.test('says so when its file is gone', async (t) => {
  const { kv, file } = store(t)
  await kv.health()
  renameSync(file, `${file}.moved`)
  await t.rejects(kv.health(), { name: 'UnavailableError', message: /removed or replaced/ })
})

t.test('frees what is over', async (t) => {
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: Date.now() })
  t.teardown(() => mock.timers.reset())
  const { kv, file } = store(t)
  await Promise.all(Array.from({ length: 2500 }, (_, n) => kv.set(`key ${n}`, n, { ttlMs: 5000 })))
  await kv.set('stays', 1)
  const other = new Database(file)
  t.teardown(() => other.close())
  const rows = () => other.prepare('SELECT count(*) FROM entries').raw().get([])
  t.strictSame(rows(), [2501])
  mock.timers.tick(20_000)
  while ((rows() as number[])[0] !== 1) await new Promise((resolve) => setImmediate(resolve))
  t.equal(await kv.get('stays'), 1)
})

t.test('the file is for this user alone', async (t) => {
  const { file } = store(t)
  t.equal(statSync(file).mode & 0o777, 0o600)
  chmodSync(file, 0o644)
  const warnings: string[] = []
  const open = createSqliteKvStore({ file, log: { warn: (_details, message) => warnings.push(message) } })
  await open.close()
  t.match(warnings, ['other users of this machine may open the file of sessions: chmod 600 it'])
})

function store(t: Test, waitMs = 2000) {
  const file = join(t.testdir(), 'kv.sqlite')
  const kv = createSqliteKvStore({ file, waitMs })
  t.teardown(() => kv.close())
  return { kv, file }
}

/** A script of the fixtures as a process of its own. */
function child(t: Test, script: string, ...args: string[]): ChildProcess {
  const path = fileURLToPath(new URL(`fixtures/${script}`, import.meta.url))
  const command = bare(process.execPath, [path, ...args])
  const started = spawn(...command, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  t.teardown(() => started.kill('SIGKILL'))
  return started
}
