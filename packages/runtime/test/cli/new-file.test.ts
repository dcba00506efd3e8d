import { once } from 'node:events'
import { existsSync, readFileSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { assertFree, writeNewFile } from '../../src/cli/new-file.js'

t.test('a file has its name once it is whole', async (t) => {
  const dir = t.testdir({ rows: 'before', 'rows.part': 'left by a killed process' })
  const file = join(dir, 'rows')
  const content = new PassThrough()
  const watcher = watch(dir)
  t.teardown(() => watcher.close())
  const begun = once(watcher, 'change')
  const written = writeNewFile(file, content)
  content.write('after')
  await begun
  t.equal(readFileSync(file, 'utf8'), 'before', 'whoever is killed now has destroyed nothing')
  content.end()
  await written
  t.equal(readFileSync(file, 'utf8'), 'after')
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.notOk(existsSync(`${file}.part`))
})

t.test('nothing is left of a file that cannot be finished', async (t) => {
  const file = join(t.testdir(), 'rows')
  const content = new PassThrough()
  const written = writeNewFile(file, content)
  content.write('half')
  content.destroy(new Error('out of rows'))
  await t.rejects(written, { message: 'out of rows' })
  t.notOk(existsSync(file) || existsSync(`${file}.part`))
})

t.test('a name that cannot be had is refused beforehand', async (t) => {
  const dir = t.testdir({ rows: 'mine' })
  for (const [file, force, message] of [
    [join(dir, 'nowhere/rows'), false, /there is no folder \S+nowhere\. Make it first$/],
    [dir, true, /is a folder: name a file in it$/],
    [join(dir, 'rows'), false, /rows is there already\. Name another file, or overwrite it with --force$/],
  ] as const) {
    t.throws(() => assertFree(file, force), { name: 'BootError', message })
  }
  assertFree(join(dir, 'rows'), true)
  assertFree(join(dir, 'others'), false)
})
