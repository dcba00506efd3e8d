import t from 'tap'
import { appFolder, PRESET, writeFiles } from '../harness/app-folder.js'
import { startPostgres } from '../harness/servers/postgres-server.js'
import { rowsOf, runCommand } from './run-command.js'

const notes = (fields: string) => `import { defineModel, types } from '@json-express/core'
export default defineModel({ fields: { text: types.string(), ${fields} }, access: { read: 'public', create: 'public' } })`

const grown = notes("stars: types.number().default(3), title: types.string().default('it is new')")
const impossible = notes('must: types.string().required()')

t.test('the database is brought to what the models say', async (t) => {
  const dir = appFolder(t, { files: { 'models/notes.ts': notes('') } })
  const would = await runCommand(t, dir, 'migrate', '--check')
  t.match(would, { code: 1, stdout: /^would create .*\bnotes\b.*\n$/ })
  t.strictSame(rowsOf(dir, 'select name from sqlite_schema'), [], 'looking has made nothing')

  t.match(await runCommand(t, dir, 'migrate'), { code: 0, stdout: /^created jex_loads, .*\bnotes\b/ })
  t.match(await runCommand(t, dir, 'migrate', '--check'), { code: 0, stdout: 'nothing to do\n' })
  t.strictSame(rowsOf(dir, 'select id from users'), [], 'no admin is made: that is for the first start')

  writeFiles(dir, { 'models/notes.ts': grown })
  t.match(await runCommand(t, dir, 'migrate', '--check'), {
    code: 1,
    stdout: 'would extend notes.stars, notes.title\n',
  })
  const { stdout } = await runCommand(t, dir, 'migrate', '--print')
  t.match(
    stdout,
    /^BEGIN;\nalter table "notes" add column "stars".*;\nalter table "notes" add column "title".*;\n(.*;\n)*COMMIT;\n$/,
  )
  t.match(await runCommand(t, dir, 'migrate'), { code: 0, stdout: 'extended notes.stars, notes.title\n' })
  t.match(await runCommand(t, dir, 'migrate'), { code: 0, stdout: 'nothing to do\n' })
  t.match(await runCommand(t, dir, 'migrate', '--print'), { code: 0, stdout: '' })
  writeFiles(dir, { 'models/notes.ts': grown.replace('types.string()', 'types.string().required()') })
  t.match(await runCommand(t, dir, 'migrate', '--check'), {
    code: 1,
    stdout: /^would change no table, and note what the models say \(1 statements, see --print\)\n$/,
  })
  await runCommand(t, dir, 'migrate')
  t.match(await runCommand(t, dir, 'migrate', '--check'), { code: 0, stdout: 'nothing to do\n' })
})

t.test('what the rows forbid is said, and nothing is done', async (t) => {
  const files = { 'models/notes.ts': notes(''), 'data/notes.json': [{ text: 'first' }] }
  const dir = appFolder(t, {
    dependencies: { '@json-express/adapter-sqlite': '*', '@json-express/runtime': '*' },
    files,
  })
  await runCommand(t, dir, 'migrate')
  rowsOf(dir, `insert into notes (id, text) values ('a', 'there') returning id`)
  writeFiles(dir, { 'models/notes.ts': impossible })
  for (const flags of [[], ['--check'], ['--print']]) {
    const { code, stdout, stderr } = await runCommand(t, dir, 'migrate', ...flags)
    t.match({ code, stdout, stderr }, { code: 1, stdout: '', stderr: /notes\.must is new and required.*default/ })
  }
  t.match(await runCommand(t, dir, 'migrate', '--chekc'), { code: 1, stderr: /Did you mean --check/ })
})

t.test('the statements for PostgreSQL do the same when somebody else runs them', async (t) => {
  const postgres = await startPostgres(t)
  const url = await postgres.database()
  const dir = appFolder(t, {
    dependencies: { ...PRESET, '@json-express/adapter-postgres': '*' },
    files: { '.env': `jex.adapter-postgres.url=${url}\n`, 'models/notes.ts': notes('') },
  })
  for (const model of [notes(''), grown]) {
    writeFiles(dir, { 'models/notes.ts': model })
    t.match(await runCommand(t, dir, 'migrate', '--check'), { code: 1 })
    const { code, stdout, stderr } = await runCommand(t, dir, 'migrate', '--print')
    t.match({ code, stderr }, { code: 0, stderr: '' })
    await postgres.query(stdout, url)
    t.match(await runCommand(t, dir, 'migrate', '--check'), { code: 0, stdout: 'nothing to do\n' })
  }
  await postgres.end()
  const { code, stderr } = await runCommand(t, dir, 'migrate', '--check')
  t.match({ code, stderr }, { code: 1, stderr: /jex\.adapter-postgres\.url/ })
})
