const LOOK_EVERY_MS = 250

/**
 * Ends this process well when the shell that npm runs scripts in is gone. npm passes a SIGTERM on to that shell only,
 * which dies of it alone and would leave a server without a parent behind. Not needed, so not done, without npm.
 */
export function followNpm() {
  if (process.env.npm_lifecycle_event === undefined) return
  const shell = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, LOOK_EVERY_MS).unref()
  // Once a signal has come (Ctrl-C reaches everybody) there is nothing to pass on, and a second one would force. Our
  // listeners wait for the server's own: alone they would keep a signal during boot from ending the process.
  process.on('newListener', function arm(event) {
    if (event !== 'SIGTERM' && event !== 'SIGINT') return
    process.off('newListener', arm)
    for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => clearInterval(timer))
  })
}
