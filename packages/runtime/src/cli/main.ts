#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { BootError } from '@json-express/core'
import { Command } from 'commander'
import { nearest } from '../nearest.js'
import { wantsStack } from '../settings/sources.js'
import { isFolder, readArguments } from './arguments.js'
import { fail } from './fail.js'
import { addCommands, DIR_OPTION, packageCommands } from './package-commands.js'
import { printPlugins } from './plugins.js'
import { runCommand } from './run-command.js'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}
const { dir: here, rest, word, wantsHelp } = readArguments(process.argv.slice(2))

const program = new Command('json-express')
  .description('Turns the models, data and packages of a folder into a running API.')
  .version(version, '-v, --version')
  .argument('[dir]', 'the folder of the app', '.')
  .option('-w, --watch', 'restart when models, data or .env change')
  .option(...DIR_OPTION)
  .enablePositionalOptions()
  .helpCommand('help [command]', 'show the help of a command')
  .action(
    readably(async (dir, options: { watch?: boolean }) => {
      if (options.watch) return (await import('./watch.js')).watch(dir)
      return (await import('./start.js')).start(dir)
    }),
  )

program
  .command('plugins')
  .description('show which packages were found, which are used, and why; starts nothing')
  .argument('[dir]', 'the folder of the app', '.')
  .action(readably(printPlugins))

program
  .command('config')
  .description('show every effective setting, where it comes from and its default; secrets stay hidden')
  .argument('[dir]', 'the folder of the app', '.')
  .option('--json', 'as JSON')
  .action(readably(async (dir, options: { json?: boolean }) => (await import('./config.js')).printConfig(dir, options)))

program
  .command('worker')
  .description('work the queues of the app, beside servers that run with jex.worker=false or work them too')
  .argument('[dir]', 'the folder of the app', '.')
  .action(readably(async (dir) => (await import('./worker.js')).work(dir)))

program
  .command('migrate')
  .description('bring the database to what the models say, as every start does; rows stay, nothing is dropped')
  .argument('[dir]', 'the folder of the app', '.')
  .option('--check', 'only say what there is to do, and exit 1 when there is something')
  .option('--print', 'only print the statements')
  .action(
    readably(async (dir, options: { check?: boolean; print?: boolean }) => {
      const { migrate } = await import('./migrate.js')
      process.exitCode = await migrate(dir, options)
    }),
  )

const data = program.command('data').description('take the rows of an app along: to another database, say')

data
  .command('export')
  .description('write all rows, password hashes among them, as JSON Lines')
  .argument('[dir]', 'the folder of the app', '.')
  .option('-o, --output <file>', 'a new file, readable by its owner only, instead of stdout')
  .option('--force', 'overwrite it')
  .action(
    readably(async (dir, options: { output?: string; force?: boolean }) => {
      const { exportRows } = await import('./data.js')
      process.exitCode = await exportRows(dir, options)
    }),
  )

data
  .command('import')
  .description('store the rows of such a file; one that was cut short goes on where it ended')
  .argument('<file>', 'made by data export')
  .argument('[dir]', 'the folder of the app', '.')
  .action((file: string, ...rest: [string, object]) =>
    readably(async (dir) => {
      const { importRows } = await import('./data.js')
      process.exitCode = await importRows(dir, file)
    })(...rest),
  )

program
  .command('doctor')
  .description('check the app as an operator would, and say what to do; exits 1 when something is wrong')
  .argument('[dir]', 'the folder of the app', '.')
  .option('--json', 'as JSON')
  .option('--strict', 'exit 1 on warnings too')
  .action(
    readably(async (dir, options: { json?: boolean; strict?: boolean }) => {
      const { printDoctor } = await import('./doctor.js')
      process.exit(await printDoctor(dir, options))
    }),
  )

const isCommand = (name: string) => program.commands.some((command) => command.name() === name)
if (wantsHelp) {
  const dir = word === undefined || word === 'help' ? here : resolve(here, word)
  const missing = existsSync(join(dir, 'package.json')) ? await addPackageCommands(dir) : null
  if (missing) process.stderr.write(`The commands of packages are not shown:\n${missing}\n\n`)
} else if (word !== undefined && !isCommand(word) && !isFolder(here, word, rest)) {
  const missing = await addPackageCommands(here)
  if (missing !== null || !(isCommand(word) || existsSync(resolve(here, word)))) unknownWord(word, missing)
}
await program.parseAsync(rest, { from: 'user' })

/** Adds what the packages of the app bring. Resolves to why that cannot be, or to `null`. */
async function addPackageCommands(dir: string): Promise<string | null> {
  try {
    addCommands(program, await packageCommands(dir), async (command, input) => {
      try {
        process.exitCode = await runCommand(dir, command, input)
        process.stdout.write('', () => process.exit()) // everything is closed: nothing that a package forgot holds it up
      } catch (error) {
        fail(error, { stack: wantsStack(dir), command: command.name })
      }
    })
    return null
  } catch (error) {
    if (error instanceof BootError) return error.message
    return fail(error, { stack: wantsStack(dir) })
  }
}

function unknownWord(word: string, missing: string | null): never {
  const names = program.commands.map((command) => command.name()).sort()
  const near = nearest(word, names)
  return program.error(
    [
      `error: ${word} is neither the folder of an app nor a command.${near ? ` Did you mean ${near}?` : ''}`,
      `Commands: ${names.join(', ')}`,
      ...(missing === null ? [] : [`Those of packages are not known: ${missing}`]),
    ].join('\n'),
  )
}

/** A command on the folder of an app, whose errors end as one message. */
function readably<O>(command: (dir: string, options: O) => unknown): (dir: string, options: O) => Promise<void> {
  return async (argument, options) => {
    const dir = resolve(here, argument)
    try {
      await command(dir, options)
    } catch (error) {
      fail(error, { stack: wantsStack(dir) })
    }
  }
}
