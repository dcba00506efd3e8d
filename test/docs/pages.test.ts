import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { adminFrom, client, signIn } from '../harness/client.js'
import { identityProvider } from '../harness/identity-provider.js'
import { startServer } from '../harness/server.js'
import { blocksOf, runBlocks, settingsOf } from './shell-blocks.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FIELD = `field() { node -p "JSON.parse(require('fs').readFileSync(0, 'utf8')).$1"; }`

for (const name of [
  'provisioning',
  'sessions',
  'revocation',
  'throttling',
  'passwords',
  'mails',
  'moving',
  'command-line',
  'doctor',
  'settings',
  'errors',
  'operations',
]) {
  t.test(`the commands of docs/${name}.md do what the page shows`, async (t) => {
    const page = readFileSync(`${ROOT}/docs/${name}.md`, 'utf8')
    const dir = appFolder(t, { files: filesOf(page) })
    const server = await startServer(t, dir)
    const admin = await signIn(client(server.url), adminFrom(server.output()))
    let read = 0
    const mailed = async (to: string) => {
      const pattern = new RegExp(`^to: +${to.replaceAll('.', '\\.')}$[\\s\\S]*?#token=([\\w-]{43})\\s`, 'm')
      await server.printed(new RegExp(`[\\s\\S]{${read}}[\\s\\S]*?${pattern.source}`, 'm'))
      const match = pattern.exec(server.output().slice(read))
      read += (match?.index ?? 0) + (match?.[0].length ?? 0)
      return match?.[1] ?? ''
    }
    await runBlocks(t, [{ script: `${FIELD}\nADMIN=${admin}`, shown: [] }, ...blocksOf(page)], async (script) => {
      let adapted = `cd ${dir}\n${script}`
        .replaceAll('http://localhost:3000', server.url)
        .replaceAll('npx json-express', cli(dir))
      for (const [whole, to = ''] of script.matchAll(/the token mailed to (\S+@[\w.]+)/g)) {
        adapted = adapted.replace(whole, await mailed(to))
      }
      return adapted
    })
  })
}

t.test('the commands of docs/external-issuers.md do what the page shows', async (t) => {
  const page = readFileSync(`${ROOT}/docs/external-issuers.md`, 'utf8')
  const provider = await identityProvider(t)
  const settings = settingsOf(page).replace(/https:\/\/id\.example\.com\/\.well-known\S*/, provider.jwksUri)
  const model = `import { defineModel, types } from '@json-express/core'
export default defineModel({ fields: { text: types.string() }, access: { read: 'editor' } })`
  const dir = appFolder(t, { files: { '.env': settings, 'models/notes.ts': model } })
  const server = await startServer(t, dir)
  const token = await provider.sign({ 'https://example.com/roles': ['reader', 'editor'] })
  await runBlocks(t, [{ script: `EXTERNAL=${token}`, shown: [] }, ...blocksOf(page)], (script) =>
    script.replaceAll('http://localhost:3000', server.url),
  )
})

/** The page's own settings, and the file that its commands read. */
function filesOf(page: string): Record<string, string> {
  const settings = settingsOf(page)
  const [, people] = /```json\n(\{"email"[\s\S]*?)```/.exec(page) ?? []
  return { ...(settings && { '.env': settings }), ...(people && { 'people.jsonl': people }) }
}

function cli(dir: string): string {
  const main = `${ROOT}/packages/runtime/dist/cli/main.js`
  if (!existsSync(main)) throw new Error('build first')
  return `node ${main} -C ${dir}`
}
