import type { Command as PackageCommand } from '@json-express/core'
import { Command } from 'commander'
import t from 'tap'
import { addCommands, type CommandInput } from '../../src/cli/package-commands.js'

type Given = Pick<PackageCommand, 'name'> & Partial<PackageCommand> & { owner?: string }

function program(given: readonly Given[], run: (name: string, input: CommandInput) => void = () => undefined) {
  const made = new Command('json-express').enablePositionalOptions().option('-C, --dir <dir>')
  made.command('doctor')
  const commands = given.map(({ owner = 'one', ...command }) => ({
    owner,
    command: { description: '', run: async () => undefined, ...command },
  }))
  addCommands(made, commands, async ({ name }, input) => run(name, input))
  return made
}

t.test('a name becomes groups and a verb, whoever else adds to the group', async (t) => {
  const ran: unknown[] = []
  const made = program(
    [
      { name: 'users list', options: [{ flags: '--page-size <n>', description: '' }] },
      { name: 'users keys add', arguments: [{ name: '<key>', description: '' }], owner: 'two' },
      { name: 'greet' },
    ],
    (name, input) => ran.push([name, input]),
  )
  for (const words of [['users', 'list', '--page-size', '5'], ['users', 'keys', 'add', 'x'], ['greet']]) {
    await made.parseAsync(words, { from: 'user' })
  }
  t.strictSame(ran, [
    ['users list', { arguments: {}, options: { pageSize: '5' } }],
    ['users keys add', { arguments: { key: 'x' }, options: {} }],
    ['greet', { arguments: {}, options: {} }],
  ])
  t.match(made.helpInformation(), /^Of one and two:\n {2}users .*list, add$/m)
})

for (const [title, given, message] of [
  [
    'two packages, one name',
    [{ name: 'a b' }, { name: 'a b', owner: 'two' }],
    /^one brings .* a b, and two a b: remove/,
  ],
  [
    'a command of json-express',
    [{ name: 'doctor' }],
    /^one brings the command doctor, but doctor is one of json-express/,
  ],
  ['a group of json-express', [{ name: 'doctor add' }], /doctor is one of json-express itself/],
  ['help', [{ name: 'help' }], /help is one of json-express itself/],
  ['a command and a group', [{ name: 'a' }, { name: 'a b', owner: 'two' }], /^one brings the command a, and two a b/],
  ['a group and a command', [{ name: 'a b' }, { name: 'a', owner: 'two' }], /^two brings the command a, and one a b/],
  ['no name', [{ name: 'Users List' }], /^one brings the command "Users List", which is no name/],
  ['an empty name', [{ name: '' }], /which is no name/],
  [
    'an option that is taken',
    [{ name: 'a', options: [{ flags: '-C <x>', description: '' }] }],
    /^The command a of one is malformed: .*'-C/,
  ],
  [
    'arguments in an order that cannot be',
    [{ name: 'a', arguments: ['<all...>', '<last>'].map((name) => ({ name, description: '' })) }],
    /^The command a of one is malformed: .*last/,
  ],
] as const) {
  t.test(`${title} stops with a message`, async (t) => {
    t.throws(() => program(given), { name: 'BootError', message })
  })
}

t.test('every problem is named at once', async (t) => {
  t.throws(() => program([{ name: 'help' }, { name: 'X' }]), { message: /^one .*\none .*$/ })
})
