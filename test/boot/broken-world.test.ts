import { randomBytes } from 'node:crypto'
import t from 'tap'
import { appFolder, PRESET } from '../harness/app-folder.js'
import { run } from '../harness/server.js'

interface World {
  title: string
  dependencies?: Record<string, string>
  files?: Record<string, string | object>
  env?: Record<string, string>
  /** All must be in the message. */
  says: RegExp[]
}

const all = (...names: string[]) => Object.fromEntries(names.map((name) => [`@json-express/${name}`, '*']))

const plugin = (name: string, manifest: object, index = 'export default async () => {}') => ({
  [`node_modules/${name}/package.json`]: {
    name,
    version: '1.0.0',
    type: 'module',
    exports: { '.': './index.js', './package.json': './package.json' },
    jsonExpress: { api: 1, provides: [], requires: [], optional: [], ...manifest },
  },
  [`node_modules/${name}/index.js`]: index,
})

const worlds: World[] = [
  {
    title: 'no adapter',
    dependencies: all('kv-memory', 'middleware-auth', 'plugin-identity'),
    says: [/adapter/, /npm install @json-express\/adapter-sqlite/],
  },
  {
    title: 'no KV store',
    dependencies: all('adapter-memory', 'middleware-auth', 'plugin-identity'),
    says: [/plugin-identity/, /npm install @json-express\/kv-memory/],
  },
  {
    title: 'everything missing is named in one message',
    dependencies: all('plugin-identity'),
    says: [/adapter-sqlite/, /kv-memory/, /middleware-auth/],
  },
  {
    title: 'two KV stores at equal distance',
    dependencies: { ...PRESET, ...all('kv-memory'), 'kv-other': '*' },
    files: plugin('kv-other', { kind: 'kv', provides: ['kv'] }),
    says: [/@json-express\/kv-memory/, /kv-other/, /jex\.kv=/],
  },
  {
    title: 'a package that declares itself and cannot load',
    dependencies: { ...PRESET, broken: '*' },
    files: plugin('broken', { kind: 'plugin' }, "import 'not-there'\nexport default async () => {}"),
    says: [/broken/, /not-there/],
  },
  {
    title: 'a package that declares itself and is not installed',
    dependencies: { ...PRESET, '@json-express/kv-nowhere': '*' },
    says: [/@json-express\/kv-nowhere/, /npm install/],
  },
  {
    title: 'a package for another contract',
    dependencies: { ...PRESET, future: '*' },
    files: plugin('future', { kind: 'plugin', api: 2 }),
    says: [/future/, /api/],
  },
  { title: 'a wrong setting', files: { '.env': 'jex.port=abc' }, says: [/jex\.port/, /abc/, /\.env/] },
  {
    title: 'a misspelt setting',
    files: { '.env': 'jex.auth.tokenTTI=5m' },
    says: [/jex\.auth\.tokenTTI/, /jex\.auth\.tokenTtl/],
  },
  {
    title: 'five wrong settings at once',
    files: {
      '.env': 'jex.port=99999\njex.auth.tokenTtl=15\njex.auth.hash.memoryKiB=lots\njex.log.level=loud\njex.nothing=1',
    },
    says: [/jex\.port/, /jex\.auth\.tokenTtl/, /jex\.auth\.hash\.memoryKiB/, /jex\.log\.level/, /jex\.nothing/],
  },
  {
    title: 'a model with a syntax error',
    files: {
      'models/articles.ts':
        "import { defineModel } from '@json-express/core'\nexport default defineModel({ fields: { }",
    },
    says: [/models\/articles\.ts/],
  },
  {
    title: 'a model that is none',
    files: { 'models/articles.ts': 'export const x = 1' },
    says: [/models\/articles\.ts/, /defineModel/],
  },
  {
    title: 'a model with a field that is null',
    files: {
      'models/articles.ts':
        "import { defineModel } from '@json-express/core'\nexport default defineModel({ fields: { a: null } })",
    },
    says: [/models\/articles\.ts:2 fields\.a has no known type/],
  },
  {
    title: 'endpoints that are no routes',
    files: {
      'models/articles.ts':
        "import { defineModel } from '@json-express/core'\nexport default defineModel({ fields: {}, endpoints: { 'GET /:id': () => 1, 'GET /x/:a(^\\\\d+$': () => 1 } })",
      'models/users.ts':
        "import { defineModel } from '@json-express/core'\nexport default defineModel({ fields: {}, endpoints: { 'GET /:id': () => 1 } })",
    },
    says: [
      /models\/articles\.ts:2 endpoints\.GET \/:id is a route/,
      /GET \/x\/:a.* is no path/,
      /models\/users\.ts:2 endpoints/,
    ],
  },
  {
    title: 'an endpoint where a package has one',
    files: {
      'models/users.ts':
        "import { defineModel } from '@json-express/core'\nexport default defineModel({ fields: {}, endpoints: { 'POST /:id/invite': () => 1 } })",
    },
    says: [/The endpoints of users want a route that a package has: .*\/users\/:id\/invite/],
  },
  {
    title: 'routes with nothing in them',
    files: { 'models/stats.ts': "import { defineRoutes } from '@json-express/core'\nexport default defineRoutes({})" },
    says: [/models\/stats\.ts.* endpoints has none: defineRoutes/],
  },
  {
    title: 'a file where the models should be',
    files: { models: 'x' },
    says: [/models is a file and must be a folder/],
  },
  { title: 'a file where the data should be', files: { data: 'x' }, says: [/data is a file and must be a folder/] },
  {
    title: 'data with dates that no database sorts',
    files: {
      'data/posts.json': [
        { id: 1, at: '2026-01-01T12:00:00+05:00' },
        { id: 2, at: '9999-12-31T23:59:59-14:00' },
      ],
    },
    says: [/data\/posts\.json\[1\]\.at must be an ISO 8601 instant/],
  },
  {
    title: 'a model that weakens users',
    files: {
      'models/users.ts':
        "import { defineModel, types } from '@json-express/core'\nexport default defineModel({\n  fields: { passwordHash: types.string() },\n  access: { read: 'public' },\n})",
    },
    says: [/models\/users\.ts:3/, /passwordHash/, /models\/users\.ts:4/, /access\.read/],
  },
  {
    title: 'a collection with a name of the server',
    files: { 'data/health.json': [{ id: 1 }] },
    says: [/data\/health\.json/, /health/],
  },
  { title: 'data that is not JSON', files: { 'data/posts.json': '[{]' }, says: [/data\/posts\.json/] },
  {
    title: 'data that is no list',
    files: { 'data/posts.json': { a: 1 } },
    says: [/data\/posts\.json/, /array of objects/],
  },
  {
    title: 'data for users',
    files: { 'data/users.json': [] },
    says: [/data\/users\.json/, /json-express users import/],
  },
  {
    title: 'data that does not fit its model',
    files: {
      'models/posts.ts':
        "import { defineModel, types } from '@json-express/core'\nexport default defineModel({ fields: { title: types.string().required() } })",
      'data/posts.json': [{ id: 1, title: 'x' }, { id: 2 }],
    },
    says: [/data\/posts\.json\[1\]/, /title/],
  },
  {
    title: 'production without a secret',
    env: { NODE_ENV: 'production', JEX__PUBLIC_URL: 'https://example.com' },
    says: [/jex\.auth\.secret/, /randomBytes/],
  },
  {
    title: 'production with a short secret',
    env: { NODE_ENV: 'production', JEX__AUTH__SECRET: 'tooshort' },
    says: [/jex\.auth\.secret/, /32 bytes/],
  },
  {
    title: 'production with mails that only the terminal sees',
    env: {
      NODE_ENV: 'production',
      JEX__PUBLIC_URL: 'https://example.com',
      JEX__AUTH__SECRET: randomBytes(32).toString('base64url'),
    },
    says: [/jex\.email-console\.allowInProduction/, /email-smtp/],
  },
  {
    title: 'production without a public URL',
    env: { NODE_ENV: 'production', JEX__AUTH__SECRET: randomBytes(32).toString('base64url') },
    says: [/jex\.publicUrl/],
  },
  {
    title: 'a database file that is not one',
    files: {
      'my.sqlite': 'this is a letter to my aunt, not a database at all, and it goes on for a while'.repeat(20),
      '.env': 'jex.adapter-sqlite.file=my.sqlite',
    },
    says: [/jex\.adapter-sqlite\.file/, /my\.sqlite/],
  },
  {
    title: 'rules without anybody who knows callers',
    dependencies: all('adapter-memory'),
    files: {
      'models/notes.ts':
        "import { defineModel, types } from '@json-express/core'\nexport default defineModel({ fields: { text: types.string() }, access: { read: 'user' } })",
    },
    says: [/models\/notes\.ts:2/, /npm install @json-express\/middleware-auth/],
  },
]

for (const { title, dependencies = PRESET, files = {}, env = {}, says } of worlds) {
  t.test(`${title} stops boot with one readable message`, async (t) => {
    const dir = appFolder(t, { dependencies, files })
    const process = run(t, dir, { env: { PORT: '0', ...env } })
    t.equal(await process.exited, 1)
    for (const expected of says) t.match(process.output(), expected)
    t.notMatch(process.output(), /^\s+at .*:\d+:\d+/m, 'no stack trace')
    t.notMatch(process.output(), /listening/i)
  })
}
