#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { wantsStack } from '../settings/sources.js'
import { printConfig } from './config.js'
import { fail } from './fail.js'
import { printPlugins } from './plugins.js'
import { start } from './start.js'
import { watch } from './watch.js'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const program = new Command('json-express')
  .description('Turns the models, data and packages of a folder into a running API.')
  .version(version, '-v, --version')
  .argument('[dir]', 'the folder of the app', '.')
  .option('-w, --watch', 'restart when models, data or .env change')
  .action(readably((dir, options: { watch?: boolean }) => (options.watch ? watch(dir) : start(dir))))

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
  .action(readably(printConfig))

await program.parseAsync()

/** A command on the folder of an app, whose errors end as one message. */
function readably<O>(command: (dir: string, options: O) => unknown): (dir: string, options: O) => Promise<void> {
  return async (argument, options) => {
    const dir = resolve(argument)
    try {
      await command(dir, options)
    } catch (error) {
      fail(error, { stack: wantsStack(dir) })
    }
  }
}
