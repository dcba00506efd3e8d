import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/**
 * Processes that belong together, and that a Ctrl-C reaches through this one only: it ends them in order. What they print
 * goes to the terminal, their name in front. When one that had started ends by itself, `onDeath` is told its name.
 */
export function createProcessGroup(onDeath) {
  const members = []
  let stopping = false

  return {
    /** Starts a program and resolves once it has printed `ready`. Rejects, with what it printed, when it ends before. */
    async start(name, command, args, { ready, quiet = false, stopWith = 'SIGTERM', ...options }) {
      if (stopping) throw new Error(`${name} is not started any more`)
      // a group of its own, which the terminal sends no signals to
      const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
      const exited = new Promise((resolve) => child.once('exit', resolve).once('error', resolve))
      members.push({ child, exited, stopWith })
      let said = ''
      await new Promise((resolve, reject) => {
        let started = false
        for (const stream of [child.stdout, child.stderr]) {
          createInterface({ input: stream }).on('line', (line) => {
            if (!quiet) process.stdout.write(`${name.padEnd(9)} ${line}\n`)
            if (started) return
            said += `${line}\n`
            started = ready.test(line)
            if (started) resolve()
          })
        }
        child.once('error', reject)
        child.once('exit', () => {
          if (started && !stopping) onDeath(name)
        })
        // once everything it said has been read
        child.once('close', (code, signal) => {
          if (!started) reject(new Error(`${name} ended with ${code ?? signal}${quiet ? `:\n${said}` : ''}`))
        })
      })
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
