import { cpSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { adminFrom } from '../harness/client.js'
import { startServer } from '../harness/server.js'
import { blocksOf, runBlocks } from './shell-blocks.js'

const README = fileURLToPath(new URL('../../README.md', import.meta.url))
const QUICKSTART = fileURLToPath(new URL('../../examples/quickstart', import.meta.url))

const tour = readFileSync(README, 'utf8').split('## Five minutes')[1]?.split('\n## ')[0] ?? ''

t.test('the tour of the README does what it shows, line by line', async (t) => {
  const dir = appFolder(t)
  for (const folder of ['models', 'data']) cpSync(`${QUICKSTART}/${folder}`, `${dir}/${folder}`, { recursive: true })
  t.teardown(() => rmSync(`${dir}/.jex`, { recursive: true, force: true }))
  const server = await startServer(t, dir)
  const blocks = blocksOf(tour)
  t.ok(blocks.length >= 6, 'there is a tour')
  await runBlocks(t, blocks, async (script) => {
    let adapted = script.replaceAll('http://localhost:3000', server.url)
    if (adapted.includes('the password from your terminal')) {
      adapted = adapted.replace('the password from your terminal', adminFrom(server.output()).password)
    }
    if (adapted.includes('the token from the link')) {
      const [, token = ''] = await server.printed(/ann@example\.com[\s\S]*?#token=([\w-]{43})\s/)
      adapted = adapted.replace('the token from the link', token)
    }
    return adapted
  })
})
