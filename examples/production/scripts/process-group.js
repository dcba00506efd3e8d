import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/**
 * Processes that belong together. What they print goes to the terminal, their name in front. When one ends that should
 * not, `onDeath` is told its name.
 */
export function createProcessGroup(onDeath) {
  const members = []
  let stopping = false

  return {
    /** Starts a program and resolves once it has printed `ready`. Rejects when it ends before. */
    async start(name, command, args, { ready, quiet = false, stopWith = 'SIGTERM', ...options }) {
      const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
      const exited = once(child, 'exit')
      members.push({ child, exited, stopWith })
      const started = withResolvers()
      let said = ''
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          if (!quiet) process.stdout.write(`${name.padEnd(9)} ${line}\n`)
          said += `${line}\n`
          if (ready.test(line)) started.resolve()
        })
      }
      child.once('error', started.reject)
      exited.then(([code, signal]) => {
        started.reject(new Error(`${name} ended with ${code ?? signal}${quiet ? `:\n${said}` : ''}`))
        if (!stopping) onDeath(name)
      })
      await started.promise
    },

    /** Ends them, the last one started first, each given the time it takes. */
    async stop() {
      stopping = true
      for (const { child, exited, stopWith } of members.reverse()) {
        if (child.exitCode !== null || child.signalCode !== null) continue
        child.kill(stopWith)
        await exited
      }
    },
  }
}

function withResolvers() {
  const resolvers = {}
  resolvers.promise = new Promise((resolve, reject) => Object.assign(resolvers, { resolve, reject }))
  return resolvers
}
