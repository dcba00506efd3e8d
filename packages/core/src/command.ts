import type { FastifyInstance } from 'fastify'

/** What a command works with. The app is booted and ready, and does not listen. */
export interface CommandContext {
  app: FastifyInstance
  /** By the names of `Command.arguments`. */
  arguments: Readonly<Record<string, string | undefined>>
  /** By the long flags, in camelCase; flags without a value are `true`. */
  options: Readonly<Record<string, string | boolean | undefined>>
  /** Writes a line to stdout: what the command was asked for. */
  print(line: string): void
  /** Writes a line to stderr: progress and remarks. */
  note(line: string): void
  /** Aborted by Ctrl-C and the like: time for a last word, the app is closed at once. */
  signal: AbortSignal
}

/**
 * A command that a package adds to `json-express`: an entry of its export `commands`. Errors with a code of this project
 * (`errors`, `BootError`) end it with their message and exit code 1.
 */
export interface Command {
  /** `users list`: a group and a verb. */
  name: string
  description: string
  /** `<file>` is required, `[file]` is not. */
  arguments?: readonly { name: string; description: string }[]
  /** `--role <role>`, `--json`. */
  options?: readonly { flags: string; description: string }[]
  /** Resolves to the exit code, nothing is 0. */
  run(context: CommandContext): Promise<number | undefined> | Promise<void>
}

/** One thing `json-express doctor` looked at. */
export interface Finding {
  /** What was looked at, a few words: `auth.secret`, `clock`. */
  subject: string
  level: 'ok' | 'warning' | 'error'
  /** What was found, one sentence. */
  message: string
  /** What to do about it, for anything but `ok`. */
  remedy?: string
}

/** The export `diagnose` of a package: what an operator should know about its part of this app. Throws nothing. */
export type Diagnose = (app: FastifyInstance) => Promise<Finding[]>
