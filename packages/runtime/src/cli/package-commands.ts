import { BootError, type Command as PackageCommand } from '@json-express/core'
import { Command } from 'commander'
import { loadPackages } from '../discovery/load.js'
import { planPackages } from '../plan.js'

/** A command and the package that brings it. */
export interface Owned {
  command: PackageCommand
  owner: string
}

/** What the words after a command came to. */
export type CommandInput = Pick<Parameters<PackageCommand['run']>[0], 'arguments' | 'options'>

export type RunCommand = (command: PackageCommand, input: CommandInput) => Promise<void>

/** Told in the help of every command of a package; read before the packages are known. */
export const DIR_OPTION = ['-C, --dir <dir>', 'the folder of the app, instead of this one'] as const

const NAME = /^[a-z][a-z0-9-]*( [a-z][a-z0-9-]*)*$/

/** The commands that the packages of an app bring. Loads the packages, looks at no settings. Throws `BootError`. */
export async function packageCommands(dir: string): Promise<Owned[]> {
  const packages = await loadPackages(planPackages(dir).chosen)
  return packages.flatMap(({ name: owner, commands }) => commands.map((command) => ({ command, owner })))
}

/**
 * Adds them to the program; `users list` becomes a verb of the group `users`. Throws one `BootError` with every command
 * that is malformed, or whose name is taken.
 */
export function addCommands(program: Command, commands: readonly Owned[], run: RunCommand): void {
  const problems = nameProblems(program, commands)
  if (problems.length > 0) throw new BootError(problems)
  for (const { command, owner } of commands) {
    const words = command.name.split(' ')
    const verb = words.pop() ?? ''
    try {
      const parent = words.reduce((group, word) => groupOf(group, word, commands), program)
      parent.addCommand(leaf(verb, command, run).helpGroup(parent === program ? `Of ${owner}:` : 'Commands:'))
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : cause
      throw new BootError(`The command ${command.name} of ${owner} is malformed: ${reason}`, { cause })
    }
  }
}

function leaf(name: string, command: PackageCommand, run: RunCommand): Command {
  const made = new Command(name).description(command.description).option(...DIR_OPTION)
  for (const { name, description } of command.arguments ?? []) made.argument(name, description)
  for (const { flags, description } of command.options ?? []) made.option(flags, description)
  return made.action(() => {
    const { dir, ...options } = made.opts()
    const values = made.registeredArguments.map((argument, index) => [argument.name(), made.processedArgs[index]])
    return run(command, { arguments: Object.fromEntries(values), options })
  })
}

/** The group of that name, made when it is not there yet. Alone it shows its help. */
function groupOf(parent: Command, name: string, commands: readonly Owned[]): Command {
  const known = parent.commands.find((command) => command.name() === name)
  if (known) return known
  const members = commands.filter(({ command }) => command.name.split(' ').includes(name))
  const owners = [...new Set(members.map(({ owner }) => owner))].join(' and ')
  const verbs = members.map(({ command }) => command.name.split(' ').at(-1)).join(', ')
  const group = new Command(name).description(verbs).option(...DIR_OPTION)
  parent.addCommand(group.helpGroup(`Of ${owners}:`))
  return group
}

function nameProblems(program: Command, commands: readonly Owned[]): string[] {
  const builtIn = ['help', ...program.commands.map((command) => command.name())]
  return commands.flatMap(({ command: { name }, owner }, index) => {
    if (!NAME.test(name)) return [`${owner} brings the command "${name}", which is no name: words of a-z, 0-9 and -`]
    const [first = ''] = name.split(' ')
    if (builtIn.includes(first)) {
      return [`${owner} brings the command ${name}, but ${first} is one of json-express itself: remove the package`]
    }
    const other = commands.find(
      ({ command }, at) => (command.name === name && at > index) || command.name.startsWith(`${name} `),
    )
    return other
      ? [`${owner} brings the command ${name}, and ${other.owner} ${other.command.name}: remove one of them`]
      : []
  })
}
