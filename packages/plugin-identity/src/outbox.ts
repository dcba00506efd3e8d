import { type Collections, errors, type Row } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { isMailbox } from './email-address.js'
import type { Identity } from './identity.js'
import type { Links } from './links.js'
import { composeMail, type MailKind } from './mail.js'

const QUEUE = 'auth-mails'
const SWEEP_MS = 30_000
const PAGE = 100
const RETRIES = { attempts: 10, backoffMs: 5000 }

/**
 * Mails that are owed. The intent is a row written in the transaction of its cause, and it goes only when the provider
 * has taken the mail: a crash may send one twice, never lose one. Tokens are made at sending, so none rests anywhere.
 */
export interface Outbox {
  /** Stores the intent, inside the caller's transaction. */
  add(collections: Collections, user: Row, kind: MailKind): Promise<Row>
  /** Hands an intent to the queue, or without a queue sends it now. Never throws: the sweep comes again. */
  nudge(intentId: string): Promise<void>
  /** Nudges every intent that is still there. */
  sweep(): Promise<void>
}

export async function createOutbox(app: FastifyInstance, { settings }: Identity, links: Links): Promise<Outbox> {
  const intents = app.collections.get('auth_mails')
  const users = app.collections.get('users')
  const queue = app.hasDecorator('queue') ? app.queue : null
  const sending = new Set<Promise<void>>()

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
      const lastError = (error instanceof Error ? error.message : String(error)).slice(0, 500)
      const intent = await intents.get(intentId)
      await intents.update(intentId, { attempts: Number(intent?.attempts ?? 0) + 1, lastError })
      throw error
    }
  }

  const outbox: Outbox = {
    add: (collections, user, kind) => collections.get('auth_mails').create({ userId: user.id, kind }),
    async nudge(intentId) {
      try {
        if (queue) await queue.enqueue(QUEUE, 'send', { intentId }, { ...RETRIES, jobId: intentId })
        else await attempt(intentId)
      } catch (err) {
        app.log.warn({ err, intentId }, 'a mail has to wait')
      }
    },
    async sweep() {
      for (let offset = 0; ; offset += PAGE) {
        const page = await intents.find({ sort: [{ field: 'id', direction: 'asc' }], limit: PAGE, offset })
        for (const { id } of page) await outbox.nudge(String(id))
        if (page.length < PAGE) return
      }
    },
  }

  await queue?.registerWorker(QUEUE, ({ payload }) => attempt(intentIdOf(payload)), { concurrency: 4 })
  const guarded = () => {
    const sweeping = outbox.sweep().catch((err: unknown) => app.log.warn({ err }, 'the mail outbox could not be read'))
    sending.add(sweeping)
    void sweeping.finally(() => sending.delete(sweeping))
  }
  let timer: NodeJS.Timeout | undefined
  app.addHook('onReady', async () => {
    guarded()
    timer = setInterval(guarded, SWEEP_MS).unref()
  })
  app.addHook('preClose', async () => {
    clearInterval(timer)
    await Promise.all(sending)
  })
  return outbox
}

function intentIdOf(payload: unknown): string {
  const { intentId } = payload as { intentId?: unknown }
  if (typeof intentId !== 'string') throw new errors.ValidationFailed('a mail job names its intent')
  return intentId
}
