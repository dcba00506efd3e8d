import { spawn } from 'node:child_process'
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'
import { adminFrom } from '../harness/client.js'
import { startServer } from '../harness/server.js'

const README = fileURLToPath(new URL('../../README.md', import.meta.url))
const QUICKSTART = fileURLToPath(new URL('../../examples/quickstart', import.meta.url))

/** The `sh` blocks of the tour, each with what its comments say will come. */
const tour = readFileSync(README, 'utf8').split('## Five minutes')[1]?.split('\n## ')[0] ?? ''
const blocks = [...tour.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = '']) => ({
  script: text.replace(/^# .*\n/gm, ''),
  shown: [...text.matchAll(/^# (.*)$/gm)].map(([, line = '']) => line),
}))

/** What the README shows, with the parts that differ from machine to machine left open. */
function expectation(line: string): RegExp {
  const open = line.replace(/…/g, '').replace(/[0-9a-f]{8}-[0-9a-f-]*/g, '\u0000')
  return new RegExp(
    open
      .trimEnd()
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('\u0000', '[0-9a-f-]+'),
  )
}

t.test('the tour of the README does what it shows, line by line', async (t) => {
  const dir = appFolder(t)
  for (const folder of ['models', 'data']) cpSync(`${QUICKSTART}/${folder}`, `${dir}/${folder}`, { recursive: true })
  t.teardown(() => rmSync(`${dir}/.jex`, { recursive: true, force: true }))
  const server = await startServer(t, dir)

  const bash = spawn('bash', ['-u'], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => bash.kill())
  let output = ''
  let wake = () => {}
  bash.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8')
    wake()
  })
  const done = (mark: string) =>
    new Promise<string>((resolve) => {
      wake = () => {
        if (output.includes(mark)) resolve(output.split(mark)[0] ?? '')
      }
      wake()
    })

  t.ok(blocks.length >= 6, 'there is a tour')
  for (const [index, { script, shown }] of blocks.entries()) {
    output = ''
    const mark = `--- end of block ${index} ---`
    let adapted = script.replaceAll('http://localhost:3000', server.url)
    if (adapted.includes('the password from your terminal')) {
      adapted = adapted.replace('the password from your terminal', adminFrom(server.output()).password)
    }
    if (adapted.includes('the token from the link')) {
      const [, token = ''] = await server.printed(/ann@example\.com[\s\S]*?#token=([\w-]{43})\s/)
      adapted = adapted.replace('the token from the link', token)
    }
    bash.stdin.write(`${adapted}\necho\necho "${mark}"\n`)
    const printed = await done(mark)
    for (const line of shown) t.match(printed, expectation(line), line.slice(0, 60))
  }
  bash.stdin.end()
})
