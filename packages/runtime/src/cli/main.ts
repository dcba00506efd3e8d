#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
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
  .action((dir: string, options: { watch?: boolean }) => (options.watch ? watch(resolve(dir)) : start(resolve(dir))))

program
  .command('plugins')
  .description('show which packages were found, which are used, and why; starts nothing')
  .argument('[dir]', 'the folder of the app', '.')
  .action((dir: string) => printPlugins(resolve(dir)))

program
  .command('config')
  .description('show every effective setting, where it comes from and its default; secrets stay hidden')
  .argument('[dir]', 'the folder of the app', '.')
  .option('--json', 'as JSON')
  .action((dir: string, options: { json?: boolean }) => printConfig(resolve(dir), options))

try {
  await program.parseAsync()
} catch (error) {
  fail(error)
}
