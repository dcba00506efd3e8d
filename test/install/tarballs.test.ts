import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { writeFiles } from '../harness/app-folder.js'
import { adminFrom, client, signIn } from '../harness/client.js'
import { localRegistry } from '../harness/local-registry.js'
import { startServer } from '../harness/server.js'

const exec = promisify(execFile) // the registry answers from this very process
const SCRIPT = pathToFileURL(join(process.cwd(), 'scripts/pnpm.js')).href
const { pnpmCommand } = (await import(SCRIPT)) as { pnpmCommand(): [string, ...string[]] }
const pnpm = pnpmCommand()
const registry = await localRegistry(t, pnpm)

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
      (await exec(program, rest, { cwd: dir, timeout: 240_000 })).stdout
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
