import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { parse } from 'yaml'
import { writeFiles } from '../harness/app-folder.js'
import { bare } from '../harness/bare.js'
import { adminFrom, client, signIn } from '../harness/client.js'
import { localRegistry } from '../harness/local-registry.js'
import { startServer } from '../harness/server.js'

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url))
const exec = promisify(execFile) // the registry answers from this very process
const SCRIPT = pathToFileURL(join(process.cwd(), 'scripts/pnpm.js')).href
const { pnpmCommand } = (await import(SCRIPT)) as { pnpmCommand(): [string, ...string[]] }
const pnpm = pnpmCommand()
const registry = await localRegistry(t, pnpm)

interface Catalog {
  catalog: Record<string, string>
}

const installers = [
  { name: 'npm', install: ['npm', 'install', '@json-express/preset-identity'] },
  { name: 'pnpm', install: [...pnpm, 'add', '@json-express/preset-identity'] },
]

for (const { name, install } of installers) {
  t.test(`installed by ${name} into an empty folder`, async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'jex-install-'))
    t.teardown(() => rmSync(dir, { recursive: true, force: true }))
    writeFiles(dir, { 'package.json': '{}', '.npmrc': `@json-express:registry=${registry}\n` })
    const [command = '', ...args] = install
    const run = async (program: string, ...rest: string[]) =>
      (await exec(...bare(program, rest), { cwd: dir, timeout: 240_000 })).stdout
    await run(command, ...args)
    const { dependencies } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))
    t.same(Object.keys(dependencies), ['@json-express/preset-identity'])

    t.match(await run('npx', 'json-express', '--version'), /^\d+\.\d+\.\d+/)
    t.match(await run('npx', 'json-express', 'plugins'), /adapter-sqlite@\S+ through @json-express\/preset-identity/)

    const bin = join(dir, 'node_modules/.bin/json-express')
    const empty = await startServer(t, dir, { command: [bin] })
    const admin = adminFrom(empty.output())
    await signIn(client(empty.url), admin)
    t.equal(await empty.stop(), 0)

    writeFiles(dir, {
      'models/articles.ts': `import { defineModel, types } from '@json-express/core'
export default defineModel({
  fields: { title: types.string().required(), author: types.relation({ target: 'users' }) },
  access: { read: 'public', create: 'user', update: 'owner', delete: 'owner', ownerField: 'author' },
})`,
      'data/posts.json': [{ id: 1, title: 'first' }],
    })
    const server = await startServer(t, dir, { command: [bin] })
    const call = client(server.url)
    const token = await signIn(call, admin)
    t.match(await call('POST', '/articles', { title: 'hello' }, token), { status: 201, body: { authorId: String } })
    t.match((await call('GET', '/articles')).body, [{ title: 'hello' }])
    t.match((await call('GET', '/posts', undefined, token)).body, [{ id: 1, title: 'first' }])
    await call('POST', '/users', { email: 'ann@example.com', role: 'user' }, token)
    await server.printed(/#token=[\w-]{43}/)
    t.equal(await server.stop(), 0)
  })
}

t.test('the production example, copied elsewhere, is installed as its Dockerfile does', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'jex-install-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const example = join(EXAMPLES, 'production')
  for (const path of ['package.json', 'models']) cpSync(join(example, path), join(dir, path), { recursive: true })
  writeFiles(dir, { '.npmrc': `@json-express:registry=${registry}\n` })
  const dockerfile = readFileSync(join(example, 'Dockerfile'), 'utf8')
  const [, install = ''] = /^RUN (npm install [^&]*) &&/m.exec(dockerfile) ?? []
  const [, program = ''] = /^ENTRYPOINT \["node", "(\S+)"\]$/m.exec(dockerfile) ?? []
  const inside = { cwd: dir, env: { ...process.env, NODE_ENV: 'production' }, timeout: 240_000 }
  const [npm = '', ...args] = install.trim().split(' ')
  await exec(...bare(npm, args), inside)
  const { stdout } = await exec(...bare(process.execPath, [program, 'plugins']), inside)
  for (const name of ['adapter-postgres', 'kv-redis', 'queue-bullmq', 'email-smtp']) {
    t.match(stdout, new RegExp(`${name}@\\S+ through @json-express/preset-identity-production`))
  }
})

t.test('an example names ranges that npm understands, the ones of the workspace', async (t) => {
  const { catalog } = parse(readFileSync(join(EXAMPLES, '../pnpm-workspace.yaml'), 'utf8')) as Catalog
  const { version } = JSON.parse(readFileSync(join(EXAMPLES, '../packages/core/package.json'), 'utf8'))
  for (const name of ['quickstart', 'production']) {
    const manifest = JSON.parse(readFileSync(join(EXAMPLES, name, 'package.json'), 'utf8'))
    for (const [dependency, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      t.equal(range, dependency.startsWith('@json-express/') ? `^${version}` : catalog[dependency], dependency)
    }
  }
})
