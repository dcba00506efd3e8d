import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { DIR_OPTION } from './package-commands.js'

export interface Arguments {
  /** The folder that `-C` says, else the current one. */
  dir: string
  /** What was written, without `-C` and its value. */
  rest: string[]
  /** The first that is no option. */
  word: string | undefined
  /** Whether the help of the whole program is asked for. */
  wantsHelp: boolean
}

/** Takes `-C` out of the arguments, wherever it stands: which commands there are depends on it. */
export function readArguments(argv: readonly string[]): Arguments {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  const global = new Command().option(...DIR_OPTION)
  const { operands, unknown } = global.parseOptions(argv.slice(0, end))
  const rest = [...operands, ...unknown]
  const word = rest.find((argument) => !argument.startsWith('-'))
  const { dir = '.' } = global.opts<{ dir?: string }>()
  const asked = rest.some((argument) => argument === '-h' || argument === '--help')
  return {
    dir: resolve(dir),
    rest: [...rest, ...argv.slice(end)],
    word,
    wantsHelp: word === 'help' || (asked && (word === undefined || isFolder(resolve(dir), word, rest))),
  }
}

/** Whether the first word means the folder of an app: a path, or the name of one that holds an app and stands alone. */
export function isFolder(dir: string, word: string, rest: readonly string[]): boolean {
  if (/[\\/]|^\.\.?$/.test(word)) return true
  const alone = rest.filter((argument) => !argument.startsWith('-')).length === 1
  return alone && existsSync(join(dir, word, 'package.json'))
}
