import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { runCommand, startCommand } from '../commands/run-command.js'
import { startServer } from '../harness/server.js'
import { toolsApp } from './tools-app.js'

const TRACE = /^\s+at .*:\d+:\d+/m

t.test('a command gets its arguments, its options and an app that does not listen', async (t) => {
  const dir = toolsApp(t, { files: { '.env': 'jex.log.level=debug\n' } })
  const { code, stdout, stderr } = await runCommand(t, dir, 'tools', 'say', '--dry-run', 'a b', '-v', 'low')
  t.equal(code, 0)
  t.strictSame(JSON.parse(stdout), {
    given: { text: 'a b' },
    options: { voice: 'low', dryRun: true },
    purpose: 'command',
    dir,
    listening: false,
  })
  t.match(stderr, /"a warning"[\s\S]*about to say\nclosed\n$/)
  t.notMatch(stderr, 'never shown')
})

t.test('-C names the app, wherever it stands', async (t) => {
  const dir = toolsApp(t)
  const elsewhere = dirname(dir)
  for (const args of [
    ['-C', dir, 'tools', 'say', 'x'],
    ['tools', '--dir', dir, 'say', 'x'],
    ['tools', 'say', 'x', `--dir=${dir}`],
  ]) {
    const { code, stdout } = await runCommand(t, elsewhere, ...args)
    t.equal(code, 0, args.join(' '))
    t.match(JSON.parse(stdout), { dir, given: { text: 'x' } })
  }
  const { stdout } = await runCommand(t, elsewhere, '-C', dir, 'tools', 'say', '--', '-C', '--dry-run')
  t.match(JSON.parse(stdout).given, { text: '-C', 'more-text': '--dry-run' }, 'after -- nothing is an option')
})

t.test('exit codes: what it resolves to, 1 for what it throws; the app is closed in every case', async (t) => {
  const dir = toolsApp(t)
  for (const [verb, code, stderr] of [
    ['count', 3, /closed\n$/],
    ['miss', 1, /closed\n\ntools miss: there is no such tool\n$/],
    ['throw', 1, /closed\n\ntools throw: there is no such tool\n$/],
    ['break', 1, /closed\n\njson-express stopped on an error it did not expect: out of order\nFor a stack trace/],
  ] as const) {
    const ended = await runCommand(t, dir, 'tools', verb)
    t.match(ended, { code, stdout: '', stderr }, verb)
    t.notMatch(ended.stderr, TRACE)
  }
  t.match(await runCommand(t, dir, 'hello'), { code: 0, stdout: 'hello\n' }, 'a name of one word')
})

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  t.test(`${signal} closes the app and exits ${code}`, async (t) => {
    const { child, ended } = startCommand(t, toolsApp(t), ['tools', 'wait'])
    child.stdout?.once('data', () => child.kill(signal))
    t.match(await ended, { code, stdout: 'waiting\n', stderr: /closed\n$/ })
  })
}

t.test('a reader that has read enough ends the command', async (t) => {
  const { child, ended } = startCommand(t, toolsApp(t), ['tools', 'flood'])
  child.stdout?.once('data', () => child.stdout?.destroy())
  const { code, stderr } = await ended
  t.equal(code, 141)
  t.match(stderr, /closed\n$/)
  t.notMatch(stderr, TRACE)
})

t.test('help', async (t) => {
  const dir = toolsApp(t)
  const all = await runCommand(t, dir, '--help')
  t.match(all, { code: 0, stdout: /^Of tools:\n {2}tools .* say, count, [\s\S]*^ {2}hello .* greet$/m })
  t.match(all.stdout, /^ {2}doctor /m)
  t.equal((await runCommand(t, dir, '.', '--help')).stdout, all.stdout)
  t.equal((await runCommand(t, dir, 'help')).stdout, all.stdout)

  const group = await runCommand(t, dir, 'tools', '--help')
  t.match(group, { code: 0, stdout: /say \[options\] <text> \[more-text\] +say something/ })
  t.match(await runCommand(t, dir, 'tools'), { code: 1, stdout: '', stderr: group.stdout }, 'a group without a verb')
  t.match(await runCommand(t, dir, 'tools', 'say', '--help'), { code: 0, stdout: /-v, --voice <voice> +how/ })
  t.notOk(existsSync(join(dir, '.jex')), 'help leaves nothing behind')
})

t.test('help of an app that cannot boot', async (t) => {
  const settings = toolsApp(t, { files: { '.env': 'jex.prot=1\njex.log.level=loud\n' } })
  t.match(await runCommand(t, settings, '--help'), { code: 0, stdout: /^ {2}tools /m, stderr: '' })
  t.match(await runCommand(t, settings, 'tools', 'say', '--help'), { code: 0, stdout: /--voice/ })
  const { code, stderr } = await runCommand(t, settings, 'tools', 'say', 'x')
  t.equal(code, 1)
  t.match(stderr, /cannot start, 2 things to mend:\n {2}- jex\.(log|prot)/)

  const broken = toolsApp(t, { packages: { broken: 'import "not-there"' } })
  t.match(await runCommand(t, broken, '--help'), { code: 0, stdout: /^ {2}doctor /m, stderr: /broken does not load/ })
})

t.test('a word that is nothing', async (t) => {
  const dir = toolsApp(t)
  for (const [args, says] of [
    [
      ['tolos', 'say'],
      /^error: tolos is neither the folder of an app nor a command\. Did you mean tools\?\nCommands: config, data, doctor, hello, migrate, plugins, tools, worker\n$/,
    ],
    [['plugin'], /Did you mean plugins\?/],
    [['tools', 'sya'], /unknown command 'sya'\n\(Did you mean say\?\)/],
    [['tools', 'say'], /missing required argument 'text'/],
    [['tools', 'say', 'x', '--vioce', 'low'], /unknown option '--vioce'\n\(Did you mean --voice\?\)/],
  ] as const) {
    t.match(await runCommand(t, dir, ...args), { code: 1, stdout: '', stderr: says }, args.join(' '))
  }
  const { stderr } = await runCommand(t, dirname(dir), 'users', 'list')
  t.match(
    stderr,
    /^error: users is neither .*\nCommands: config, data, doctor, migrate, plugins, worker\nThose of packages are not known: .* has no package\.json/,
  )
})

t.test('a name that is taken stops commands, and help only says so', async (t) => {
  const index =
    "export default async () => {}\nexport const commands = [{ name: 'tools say', description: '', run() {} }]"
  const dir = toolsApp(t, { packages: { other: index } })
  const says = /tools brings the command tools say, and other tools say: remove one of them/
  t.match(await runCommand(t, dir, 'tools', 'say', 'x'), { code: 1, stdout: '', stderr: says })
  t.match(await runCommand(t, dir, '--help'), { code: 0, stdout: /^ {2}doctor /m, stderr: says })
})

t.test('a folder is still a folder', async (t) => {
  const dir = toolsApp(t)
  mkdirSync(join(dir, 'tools'))
  t.match(await runCommand(t, dir, 'tools', 'count'), { code: 3 }, 'a folder that is no app does not hide a command')
  mkdirSync(join(dir, 'empty'))
  t.match(await runCommand(t, dir, 'empty'), { code: 1, stderr: /empty has no package\.json, so it is not an app/ })

  const [parent, name] = [dirname(dir), dir.slice(dirname(dir).length + 1)]
  for (const args of [[name], [`./${name}`], ['-C', dir], ['-C', parent, name]]) {
    const server = await startServer(t, parent, { args })
    t.equal((await fetch(`${server.url}/health`)).status, 200, args.join(' '))
    await server.stop()
  }
})
