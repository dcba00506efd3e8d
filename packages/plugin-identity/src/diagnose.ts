import { availableParallelism, totalmem } from 'node:os'
import type { AuthSettings, Finding } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { identityOf } from './identity.js'
import { derivedConcurrency } from './passwords/hash-queue.js'

const HASHES = 5
/** Below, a stolen hash is guessed too fast; above, few logins fill the queue. */
const TARGET_MS = { least: 10, most: 250 }
const ENOUGH_MS = 3000

/** What an operator should know about the users and passwords of an app. Takes part of a second, for the hashes. */
export async function diagnose(app: FastifyInstance): Promise<Finding[]> {
  const { settings, passwords } = identityOf(app.settings)
  if (settings.local === null) return []
  const milliseconds = await timeHashes(() => passwords.hash('correct horse battery staple'))
  return [...hashFindings(milliseconds, settings.hash), ...accountFindings(app, settings)]
}

/** The cost of a password, as it was measured on this machine. */
export function hashFindings(
  milliseconds: number,
  { memoryKiB, concurrency = derivedConcurrency() }: Pick<AuthSettings['hash'], 'memoryKiB' | 'concurrency'>,
  machine = { cores: availableParallelism(), memory: totalmem() },
): Finding[] {
  const subject = 'auth.hash'
  const logins = Math.round((1000 / milliseconds) * Math.min(concurrency, machine.cores))
  const measured = `${milliseconds.toFixed(0)} ms a hash, about ${logins} logins a second`
  const findings: Finding[] = []
  const warn = (message: string, remedy: string) => void findings.push({ subject, level: 'warning', message, remedy })
  if (milliseconds < TARGET_MS.least) {
    warn(
      `${measured}: too cheap, a stolen hash is guessed as fast`,
      'Raise jex.auth.hash.memoryKiB, or jex.auth.hash.iterations',
    )
  } else if (milliseconds > TARGET_MS.most) {
    warn(`${measured}: too slow`, 'Lower jex.auth.hash.iterations, or jex.auth.hash.memoryKiB to no less than 19456')
  }
  const [needed, there] = [memoryKiB * 1024 * concurrency, machine.memory].map((bytes) => Math.round(bytes / 2 ** 20))
  if (memoryKiB * 1024 * concurrency > machine.memory / 4) {
    warn(
      `${concurrency} hashes at once take ${needed} MiB, more than a quarter of this machine's ${there} MiB`,
      'Lower jex.auth.hash.concurrency, or jex.auth.hash.memoryKiB',
    )
  }
  return findings.length > 0 ? findings : [{ subject, level: 'ok', message: measured }]
}

/** The median, in milliseconds. Slow ones are measured fewer times. */
async function timeHashes(hash: () => Promise<unknown>): Promise<number> {
  await hash() // the first one also waits for what boot has begun
  const times: number[] = []
  for (let spent = 0; times.length < HASHES && spent < ENOUGH_MS; ) {
    const start = performance.now()
    await hash()
    const taken = performance.now() - start
    times.push(taken)
    spent += taken
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
}

function accountFindings(app: FastifyInstance, settings: Readonly<AuthSettings>): Finding[] {
  const findings: Finding[] = []
  if (!app.hasDecorator('email')) {
    findings.push({
      subject: 'email',
      level: 'warning',
      message: 'no package sends mails: nobody is invited, verified, or sent a reset link',
      remedy: 'npm install @json-express/email-console or @json-express/email-smtp',
    })
  }
  if (!settings.sessionCheck) {
    findings.push({
      subject: 'auth.sessionCheck',
      level: 'warning',
      message: 'false: tokens of an ended session live until they expire',
      remedy: 'Remove jex.auth.sessionCheck, unless routes must work without the KV store',
    })
  }
  const addresses = settings.requireVerifiedEmail ? 'addresses are verified first' : 'addresses need not be verified'
  const message = settings.allowRegistration ? `open, ${addresses}` : 'closed'
  return [...findings, { subject: 'registration', level: 'ok', message }]
}
