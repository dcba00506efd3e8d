import { availableParallelism, totalmem } from 'node:os'
import type { AuthSettings, Finding } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { identityOf } from './identity.js'
import { lacksAdmin } from './lacks-admin.js'
import { derivedConcurrency } from './passwords/hash-queue.js'

const HASHES = 5
/** Above, few logins fill the queue. */
const SLOW_MS = 250
/** The least that OWASP's Password Storage Cheat Sheet takes for argon2id: each as hard to guess as the others. */
const LEAST = [
  { memoryKiB: 47_104, iterations: 1 },
  { memoryKiB: 19_456, iterations: 2 },
  { memoryKiB: 12_288, iterations: 3 },
  { memoryKiB: 7168, iterations: 5 },
]
/** In KiB and passes, of the dearest of them: above there is something to lower. */
const DEAREST = Math.max(...LEAST.map(({ memoryKiB, iterations }) => memoryKiB * iterations))
const IN_WORDS = '19456 KiB with 2 iterations'
const ENOUGH_MS = 3000

type HashCost = Pick<AuthSettings['hash'], 'memoryKiB' | 'iterations' | 'concurrency'>

/** What an operator should know about the users and passwords of an app. Takes part of a second, for the hashes. */
export async function diagnose(app: FastifyInstance): Promise<Finding[]> {
  const { settings, passwords } = identityOf(app.settings)
  if (settings.local === null) return []
  const milliseconds = await timeHashes(() => passwords.hash('correct horse battery staple'))
  return [...hashFindings(milliseconds, settings.hash), ...(await accountFindings(app, settings))]
}

/** The cost of a password: whether its parameters are enough, and what they take on this machine. */
export function hashFindings(
  milliseconds: number,
  { memoryKiB, iterations, concurrency = derivedConcurrency() }: HashCost,
  machine = { cores: availableParallelism(), memory: totalmem() },
): Finding[] {
  const subject = 'auth.hash'
  const logins = Math.round((1000 / milliseconds) * Math.min(concurrency, machine.cores))
  const measured = `${milliseconds.toFixed(0)} ms a hash, about ${logins} logins a second`
  const findings: Finding[] = []
  const warn = (message: string, remedy: string) => void findings.push({ subject, level: 'warning', message, remedy })
  if (!LEAST.some((least) => memoryKiB >= least.memoryKiB && iterations >= least.iterations)) {
    warn(
      `${memoryKiB} KiB with ${iterations} iterations is less than OWASP's minimum: a stolen hash is guessed too fast`,
      `Raise jex.auth.hash.memoryKiB and jex.auth.hash.iterations, to ${IN_WORDS} at least`,
    )
  } else if (milliseconds > SLOW_MS) {
    warn(
      `${measured}: too slow`,
      memoryKiB * iterations > DEAREST
        ? `Lower jex.auth.hash.iterations or jex.auth.hash.memoryKiB, to no less than ${IN_WORDS}`
        : 'Give the server faster cores, or ones that are less busy: the parameters are as low as they may be',
    )
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

/** The fastest of a few, in milliseconds: what else the machine does only makes them slower. Slow ones are measured less. */
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
  return Math.min(...times)
}

async function accountFindings(app: FastifyInstance, settings: Readonly<AuthSettings>): Promise<Finding[]> {
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
  if (app.hasDecorator('collections') && (await lacksAdmin(app.collections).catch(() => false))) {
    // a database that cannot be read, or has no users yet, is told of elsewhere
    findings.push({
      subject: 'users',
      level: 'warning',
      message: 'there is no enabled admin, and the next start makes none where there are users',
      remedy: 'Make one: json-express users reset-admin',
    })
  }
  const addresses = settings.requireVerifiedEmail ? 'addresses are verified first' : 'addresses need not be verified'
  const message = settings.allowRegistration ? `open, ${addresses}` : 'closed'
  return [...findings, { subject: 'registration', level: 'ok', message }]
}
