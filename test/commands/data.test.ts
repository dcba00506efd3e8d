import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createApp } from '@json-express/runtime'
import t from 'tap'
import { appFolder, PRESET } from '../harness/app-folder.js'
import { startPostgres } from '../harness/servers/postgres-server.js'
import { type Ended, runCommand, startCommand } from './run-command.js'

const rules = "access: { read: 'public', create: 'public' }"
const model = (fields: string) => `import { defineModel, types } from '@json-express/core'
export default defineModel({ fields: { ${fields} }, ${rules} })`

/** Boats have numbers for ids, crew refers to boats and to crew, and boats refer back to crew. */
const FLEET = {
  'models/boats.ts': model("name: types.string().required(), best: types.relation({ target: 'crew' })"),
  'models/crew.ts': model(`
    name: types.string().unique(), age: types.number(), aboard: types.boolean(), since: types.date(), kit: types.json(),
    boat: types.relation({ target: 'boats' }), mentor: types.relation({ target: 'crew' })`),
  'data/boats.json': [{ id: 1, name: 'Nele' }],
}

const CREW = [
  {
    id: 'ada',
    name: 'Ada "la\u2028 jefa" 🦀',
    age: 0.1 + 0.2,
    aboard: true,
    since: '2026-01-31T23:59:59.999Z',
    kit: { knots: ['bowline', null, 1e21], deep: { __proto__x: '' } },
    boatId: 1,
  },
  { id: 'ben', name: '', age: -0.5, aboard: false, kit: [], mentorId: 'ada' },
  { id: 'cem', name: null, age: Number.MAX_SAFE_INTEGER, since: null, kit: null, mentorId: 'cem', boatId: 2 },
]

async function fill(dir: string): Promise<void> {
  const app = await createApp({ dir, env: {}, purpose: 'command', log: { write: () => {} } })
  try {
    await app.db.insertMany('boats', [{ id: 2, name: 'Möwe' }])
    await app.db.insertMany('crew', CREW.slice(0, 1))
    await app.db.insertMany('crew', CREW.slice(1))
    await app.db.insert('boats', { name: 'sunk' })
    await app.db.delete('boats', 3)
    await app.db.update('boats', 1, { bestId: 'cem' })
    await app.db.update('crew', 'ada', { mentorId: 'ben' })
  } finally {
    await app.close()
  }
}

function linesOf(dir: string, file: string): Record<string, unknown>[] {
  const lines = readFileSync(join(dir, file), 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line))
}

/** All but the header, which says when. */
const rowsOf = (dir: string, file: string) => linesOf(dir, file).slice(1)

t.test('rows travel from SQLite to PostgreSQL and back as they are', async (t) => {
  const postgres = await startPostgres(t)
  const from = appFolder(t, { files: FLEET })
  await fill(from)
  const exported = await runCommand(t, from, 'data', 'export', '-o', 'rows.jsonl')
  t.match(exported, { code: 0, stdout: '', stderr: /^exported 6 rows to rows\.jsonl$/m })
  t.equal(statSync(join(from, 'rows.jsonl')).mode & 0o777, 0o600)
  const rows = rowsOf(from, 'rows.jsonl')
  t.match(rows.at(-1), { end: true, rows: 6 })
  t.match(
    rows.find(({ row }) => (row as { id: string } | undefined)?.id === 'ada'),
    { row: { ...CREW[0], mentorId: 'ben' } },
  )

  const servers: [string, Record<string, string>, string][] = [
    [
      'PostgreSQL',
      { '@json-express/adapter-postgres': '*' },
      `jex.adapter-postgres.url=${await postgres.database()}\n`,
    ],
    ['SQLite', {}, ''],
  ]
  let file = join(from, 'rows.jsonl')
  for (const [name, more, settings] of servers) {
    const to = appFolder(t, { dependencies: { ...PRESET, ...more }, files: { ...FLEET, '.env': settings } })
    const imported = await runCommand(t, to, 'data', 'import', file)
    t.strictSame(imported, { code: 0, stdout: 'imported 6 rows\n', stderr: '' }, name)
    await runCommand(t, to, 'data', 'export', '-o', 'again.jsonl')
    t.strictSame(rowsOf(to, 'again.jsonl'), rows, name)
    const app = await createApp({ dir: to, env: {}, purpose: 'command', log: { write: () => {} } })
    t.match(await app.db.insert('boats', { name: 'next' }), { id: 4 }, 'counted ids go on behind the highest ever')
    await app.db.delete('boats', 4)
    t.equal(await app.db.count('crew'), 3, 'the data files are loaded already')
    await app.close()
    file = join(to, 'again.jsonl')
  }
})

t.test('an import that is killed is run again', async (t) => {
  const ROWS = 6000
  const notes = { 'models/notes.ts': model("text: types.string(), next: types.relation({ target: 'notes' })") }
  const from = appFolder(t, { files: notes })
  const app = await createApp({ dir: from, env: {}, purpose: 'command', log: { write: () => {} } })
  for (let start = 0; start < ROWS; start += 1000) {
    const rows = Array.from({ length: 1000 }, (_, at) => ({ id: `n${start + at}`, text: 'x'.repeat(6000) }))
    await app.db.insertMany('notes', rows)
  }
  await app.db.update('notes', 'n0', { nextId: 'n9' })
  await app.close()
  const small = ['--max-old-space-size=64'] // the file is larger: it cannot be kept
  const exported = startCommand(t, from, ['data', 'export', '-o', 'rows.jsonl'], small)
  t.match(await exported.ended, { code: 0, stderr: /^exported \d+ rows\n/ })
  t.ok(statSync(join(from, 'rows.jsonl')).size > 36e6)

  const to = appFolder(t, { files: notes })
  const file = join(from, 'rows.jsonl')
  let killed = 0
  for (let done = false; !done; ) {
    const { child, ended } = startCommand(t, to, ['data', 'import', file], small)
    if (killed < 1) {
      await once(child.stderr ?? child, 'data') // in the middle: so many have been read
      child.kill('SIGKILL')
      killed++
      t.match(await ended, { code: 'SIGKILL' })
    } else {
      t.match(await ended, { code: 0, stdout: /^imported \d+ rows, [1-9]\d+ were there already\n$/ })
      done = true
    }
  }
  await runCommand(t, to, 'data', 'export', '-o', 'again.jsonl')
  t.ok(
    readFileSync(file, 'utf8').split('\n').slice(1).join() ===
      readFileSync(join(to, 'again.jsonl'), 'utf8').split('\n').slice(1).join(),
  )
})

t.test('rows of its own stop an import, and no file is overwritten', async (t) => {
  const dir = appFolder(t, { files: FLEET })
  await fill(dir)
  t.match(await runCommand(t, appFolder(t, { files: FLEET }), 'data', 'export', '-o', 'x'), {
    code: 1,
    stderr: /Run json-express migrate first/,
  })
  const piped = await runCommand(t, dir, 'data', 'export')
  t.equal(piped.stdout.trimEnd().split('\n').length, 8)
  writeFileSync(join(dir, 'rows.jsonl'), 'mine')
  const again = (...flags: string[]): Promise<Ended> =>
    runCommand(t, dir, 'data', 'export', '-o', 'rows.jsonl', ...flags)
  t.match(await again(), { code: 1, stderr: /rows\.jsonl is there already.*--force/ })
  t.equal(readFileSync(join(dir, 'rows.jsonl'), 'utf8'), 'mine')
  t.match(await again('--force'), { code: 0 })
  t.notOk(existsSync(join(dir, 'rows.jsonl.part')))
  t.equal(statSync(join(dir, 'rows.jsonl')).mode & 0o777, 0o600)

  const to = appFolder(t, { files: FLEET })
  await fill(to) // has been started: its data files are loaded
  const { code, stderr } = await runCommand(t, to, 'data', 'import', join(dir, 'rows.jsonl'))
  t.match({ code, stderr }, { code: 1, stderr: /^line \d+: jex_loads has row boats already, with another loadedAt/ })
  t.match(await runCommand(t, dir, 'data', 'export', '-o', 'nowhere/x'), {
    code: 1,
    stderr: /: nowhere\/x cannot be written: there is no folder nowhere\. Make it first\n$/,
  })
  t.match(await runCommand(t, dir, 'data', 'export', '-o', dir, '--force'), {
    code: 1,
    stderr: /is a folder: name a file in it\n$/,
  })
  t.match(await runCommand(t, to, 'data', 'import', dir), {
    code: 1,
    stderr: /^\S+ is a folder: name a file that data export has made\n$/,
  })
  t.match(await runCommand(t, to, 'data', 'import', 'nowhere.jsonl'), { code: 1, stderr: /ENOENT.*nowhere\.jsonl/ })
})
