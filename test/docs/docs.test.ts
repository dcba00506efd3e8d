import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { identityEvents } from '@json-express/plugin-identity'
import t from 'tap'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const filesBelow = (folder: string, ending: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !/(^|\/)(node_modules|dist|\.apps)\//.test(path))
    .map((path) => join(folder, path))

const { tables, withTable } = (await import(pathToFileURL(join(ROOT, 'scripts/docs.js')).href)) as {
  tables(): Promise<Record<string, string>>
  withTable(page: string, table: string): string
}

t.test('the tables of settings and errors are what the code has', async (t) => {
  for (const [name, table] of Object.entries(await tables())) {
    const page = read(`docs/${name}`)
    t.equal(withTable(page, table), page, `docs/${name}: npm run docs`)
    t.notMatch(table, /undefined/)
  }
})

t.test('every code that a source makes is in the table of errors', async (t) => {
  const page = read('docs/errors.md')
  const sources = filesBelow('packages', '.ts').filter((path) => path.includes('/src/'))
  const codes = sources.flatMap((path) =>
    [...read(path).matchAll(/createError\(\s*'([A-Z_]+)'/g)].map(([, code]) => code),
  )
  t.ok(codes.length > 15)
  for (const code of codes) t.match(page, `\`${code}\``)
})

t.test('the table of events has those of the code, and no others', async (t) => {
  const [, table = ''] = /^## Events$([\s\S]*)/m.exec(read('docs/identity.md')) ?? []
  const events = [...table.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, names = '']) => names.match(/[a-z.]+/g) ?? [])
  t.strictSame(events.sort(), [...identityEvents].sort())
  const files = filesBelow('packages/plugin-identity/src', '.ts').filter((path) => !path.endsWith('/events.ts'))
  const sources = files.map(read).join('\n')
  for (const name of identityEvents) t.ok(sources.includes(`'${name}'`), `${name} is logged`)
  for (const [, name = ''] of sources.matchAll(/event: '([^']+)'/g)) t.ok(events.includes(name), name)
})

t.test('every route of identity is in the table of routes', async (t) => {
  const page = read('docs/identity.md')
  for (const path of filesBelow('packages/plugin-identity/src/routes', '.ts')) {
    const [, route = ''] =
      /^ ?\*? ?\/?\*?\*? ?`((?:GET|POST|DELETE) \/\S+?)`/m.exec(read(path).replaceAll('/** ', '')) ?? []
    t.ok(route !== '' && page.includes(`\`${route}\``), `${path}: ${route}`)
  }
})

t.test('every link between pages leads somewhere', async (t) => {
  const pages = [
    'README.md',
    ...filesBelow('docs', '.md'),
    ...filesBelow('packages', 'README.md'),
    ...filesBelow('presets', '.md'),
    ...filesBelow('examples', '.md'),
  ]
  for (const page of pages) {
    for (const [, target = ''] of read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)) {
      t.ok(existsSync(join(ROOT, dirname(page), target)), `${page} -> ${target}`)
    }
  }
})

t.test('every package has a row in the README', async (t) => {
  for (const folder of readdirSync(join(ROOT, 'packages'))) {
    const { name } = JSON.parse(read(`packages/${folder}/package.json`)) as { name: string }
    t.match(read('README.md'), `\`${name}\``)
  }
})
