import { type Collection, type Collections, errors, type Row } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import PQueue from 'p-queue'
import { isMailbox } from './email-address.js'
import type { Identity } from './identity.js'
import type { Links } from './links.js'
import { composeMail, type MailKind } from './mail.js'

const QUEUE = 'auth-mails'
const SWEEP_MS = 30_000
const PAGE = 100
const OLDEST = [{ field: 'id', direction: 'asc' }] as const
const RETRIES = { attempts: 10, backoffMs: 5000 }
const CONCURRENCY = 4

/**
 * Mails that are owed. The intent is a row written in the transaction of its cause, and it goes only when the provider
 * has taken the mail: a crash may send one twice, never lose one. Tokens are made at sending, so none rests anywhere.
 */
export interface Outbox {
  /** Stores the intent, inside the caller's transaction. */
  add(collections: Collections, user: Row, kind: MailKind): Promise<Row>
  /** Hands an intent to the queue, or without a queue sends it. Never rejects: the sweep comes again. */
  nudge(intentId: string): Promise<void>
  /** Nudges every intent that is still there. */
  sweep(): Promise<void>
}

export async function createOutbox(app: FastifyInstance, { settings }: Identity, links: Links): Promise<Outbox> {
  const intents = app.collections.get('auth_mails')
  const users = app.collections.get('users')
  const queue = app.hasDecorator('queue') ? app.queue : null
  const sends = new PQueue({ concurrency: CONCURRENCY })
  const underWay = new Map<string, Promise<void>>()
  let closing = false

  const send = async (intentId: string) => {
    const intent = await intents.get(intentId)
    if (intent === null) return
    const kind = intent.kind as MailKind
    const user = await users.get(String(intent.userId))
    const owed = user !== null && user.disabled !== true && !(kind === 'invite' && user.passwordHash !== null)
    if (owed && isMailbox(String(user.email))) {
      const ttlMs = kind === 'invite' ? settings.inviteTtl : settings.resetTtl
      const link = { userId: String(user.id), tokenVersion: Number(user.tokenVersion), intentId }
      const token = kind === 'password-changed' ? null : await links.mint(link, ttlMs)
      await app.email.send(composeMail(kind, { user, token, ttlMs, intentId, settings }))
      app.log.info({ event: 'mail.sent', userId: user.id, kind, intentId }, 'mail sent')
    }
    await intents.delete(intentId)
  }

  const attempt = async (intentId: string) => {
    try {
      await send(intentId)
    } catch (error) {
      // a note for the operator; that it cannot be taken must not hide why the mail failed
      await noteFailure(intents, intentId, error).catch(() => undefined)
      throw error
    }
  }

  const handOver = async (intentId: string) => {
    try {
      if (queue) await queue.enqueue(QUEUE, 'send', { intentId }, { ...RETRIES, jobId: intentId })
      else await sends.add(async () => (closing ? undefined : attempt(intentId)))
    } catch (err) {
      app.log.warn({ err, intentId }, 'a mail has to wait')
    }
  }

  const outbox: Outbox = {
    add: (collections, user, kind) => collections.get('auth_mails').create({ userId: user.id, kind }),
    nudge(intentId) {
      // once at a time, so that a sweep does not send again what is still being sent
      const known = underWay.get(intentId)
      if (known) return known
      const handing = handOver(intentId).finally(() => underWay.delete(intentId))
      underWay.set(intentId, handing)
      return handing
    },
    async sweep() {
      for (let last = ''; !closing; ) {
        const page = await intents.find({ where: [{ field: 'id', op: 'gt', value: last }], sort: OLDEST, limit: PAGE })
        await Promise.all(page.map(({ id }) => outbox.nudge(String(id))))
        if (page.length < PAGE) return
        last = String(page.at(-1)?.id)
      }
    },
  }

  let sweeping: Promise<void> | undefined
  const sweepOnce = () => {
    sweeping ??= outbox
      .sweep()
      .catch((err: unknown) => app.log.warn({ err }, 'the mail outbox could not be read'))
      .finally(() => {
        sweeping = undefined
      })
  }
  let timer: NodeJS.Timeout | undefined
  await queue?.registerWorker(QUEUE, ({ payload }) => attempt(intentIdOf(payload)), { concurrency: CONCURRENCY })
  app.addHook('onReady', async () => {
    sweepOnce()
    timer = setInterval(sweepOnce, SWEEP_MS).unref()
  })
  app.addHook('preClose', async () => {
    closing = true
    clearInterval(timer)
    await Promise.all([sweeping, ...underWay.values()])
  })
  return outbox
}

async function noteFailure(intents: Collection, intentId: string, error: unknown): Promise<void> {
  const intent = await intents.get(intentId)
  if (intent === null) return
  const lastError = (error instanceof Error ? error.message : String(error)).slice(0, 500)
  await intents.update(intentId, { attempts: Number(intent.attempts) + 1, lastError })
}

function intentIdOf(payload: unknown): string {
  const { intentId } = payload as { intentId?: unknown }
  if (typeof intentId !== 'string') throw new errors.ValidationFailed('a mail job names its intent')
  return intentId
}
