import { setTimeout as pause } from 'node:timers/promises'
import { type Collections, type Condition, errors, type Row } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import PQueue from 'p-queue'
import type { Identity } from './identity.js'
import type { Links } from './links.js'
import { composeMail } from './mail.js'
import { noteFailure } from './mail-failure.js'
import { type IntentKind, mailJobOf } from './mail-job.js'
import { createRetryTimes } from './retry-times.js'
import { loadTemplates } from './texts/load-templates.js'
import type { Texts } from './texts/texts.js'

const QUEUE = 'auth-mails'
const SWEEP_MS = 30_000
const PAGE = 100
const OLDEST = [{ field: 'id', direction: 'asc' }] as const
const RETRIES = { attempts: 10, backoffMs: 5000 }
const CONCURRENCY = 4
const PENDING: Condition = { field: 'failedAt', op: 'eq', value: null }
/** How long a mail that was given up is kept for the operator to see. */
const KEEP_FAILED_MS = 14 * 86_400_000
/** The work starts when the answer to who caused it is long written, so that no time tells whether there is a mail to send. */
const FIRST_MS = 5
const SPREAD_MS = 15

/**
 * Mails that are owed. The intent is a row written in the transaction of its cause, and it goes only when the provider
 * has taken the mail: a crash may send one twice, never lose one. Tokens are made at sending, so none rests anywhere.
 */
export interface Outbox {
  /**
   * Stores the intent, inside the caller's transaction. Without a user it is about whoever has the address when the mail
   * is sent.
   */
  add(collections: Collections, kind: IntentKind, about: { user?: Row; address?: string }): Promise<Row>
  /** Hands an intent to the queue, or without a queue sends it. Never rejects: the sweep comes again. */
  nudge(intentId: string): Promise<void>
  /** Hands over every intent that is still owed, and forgets those given up long ago. */
  sweep(): Promise<void>
}

export interface OutboxOptions {
  identity: Identity
  links: Links
  texts: Texts
}

export async function createOutbox(
  app: FastifyInstance,
  { identity: { settings }, links, texts }: OutboxOptions,
): Promise<Outbox> {
  const templates = loadTemplates(app.dir, settings.email.locale)
  const intents = app.collections.get('auth_mails')
  const queue = app.hasDecorator('queue') ? app.queue : null
  const sends = new PQueue({ concurrency: CONCURRENCY })
  const underWay = new Map<string, Promise<unknown>>()
  const retryTimes = createRetryTimes()
  let closing = false

  const send = async (intentId: string) => {
    const intent = await intents.get(intentId)
    if (intent === null) return
    const job = await mailJobOf(intent, app.collections, settings)
    if (job !== null) {
      const { kind, to, user, link } = job
      const token =
        link && user
          ? await links.mint(
              {
                purpose: link.purpose,
                userId: String(user.id),
                tokenVersion: Number(user.tokenVersion),
                address: to,
                intentId,
              },
              link.ttlMs,
            )
          : null
      await app.email.send(
        composeMail(kind, { to, token, ttlMs: link?.ttlMs ?? 0, intentId, settings, texts, templates }),
      )
      app.log.info({ event: 'mail.sent', userId: user?.id, kind, intentId }, 'mail.sent')
    }
    await intents.delete(intentId)
  }

  const attempt = async (intentId: string) => {
    try {
      await send(intentId)
    } catch (error) {
      // a note for the operator; that it cannot be taken must not hide why the mail failed
      const failed = await noteFailure(intents, intentId, error).catch(() => null)
      if (failed === null) throw error
      const { userId, kind } = failed
      app.log.warn({ event: 'mail.failed', userId, kind, intentId, err: error }, 'mail.failed')
    }
  }

  /** Without a queue, which would wait between the attempts by itself. */
  const attemptInTime = async (intentId: string) => {
    if (closing || retryTimes.isEarly(intentId)) return
    try {
      await attempt(intentId)
      retryTimes.settled(intentId)
    } catch (error) {
      retryTimes.failed(intentId)
      throw error
    }
  }

  /** Resolves to the reason why the mail has to wait, if it has to. */
  const handOver = async (intentId: string): Promise<unknown> => {
    await pause(FIRST_MS + Math.random() * SPREAD_MS)
    try {
      if (queue) await queue.enqueue(QUEUE, 'send', { intentId }, { ...RETRIES, jobId: intentId })
      else await sends.add(() => attemptInTime(intentId))
      return null
    } catch (error) {
      return error
    }
  }

  /** Once at a time, so that a sweep does not send again what is still being sent. */
  const handOverOnce = (intentId: string): Promise<unknown> => {
    const known = underWay.get(intentId)
    if (known) return known
    const handing = handOver(intentId).finally(() => underWay.delete(intentId))
    underWay.set(intentId, handing)
    return handing
  }

  const eachOf = async (where: Condition[], act: (intent: Row) => Promise<unknown>) => {
    for (let last = ''; !closing; ) {
      const after: Condition = { field: 'id', op: 'gt', value: last }
      const page = await intents.find({ where: [...where, after], sort: OLDEST, limit: PAGE })
      await Promise.all(page.map(act))
      if (page.length < PAGE) return
      last = String(page.at(-1)?.id)
    }
  }

  const outbox: Outbox = {
    add: (collections, kind, { user, address }) =>
      collections.get('auth_mails').create({
        ...{ kind, address: address ?? null },
        ...{ userId: user?.id ?? null, tokenVersion: user?.tokenVersion ?? null },
      }),
    async nudge(intentId) {
      if (app.purpose === 'command') return // the server beside sends it, or the next one that starts
      const err = await handOverOnce(intentId)
      if (err !== null) app.log.warn({ err, intentId }, 'a mail has to wait')
    },
    async sweep() {
      const past = new Date(Date.now() - KEEP_FAILED_MS).toISOString()
      await eachOf([{ field: 'failedAt', op: 'lt', value: past }], (intent) => intents.delete(String(intent.id)))
      const reasons: unknown[] = []
      await eachOf([PENDING], async (intent) => {
        const reason = await handOverOnce(String(intent.id))
        if (reason !== null) reasons.push(reason)
      })
      // what keeps one mail waiting keeps all of them, most of the time
      if (reasons.length > 0) app.log.warn({ err: reasons[0], mails: reasons.length }, 'mails have to wait')
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
  if (app.purpose === 'command') return outbox
  if (app.takesJobs)
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

function intentIdOf(payload: unknown): string {
  const { intentId } = payload as { intentId?: unknown }
  if (typeof intentId !== 'string') throw new errors.ValidationFailed('a mail job names its intent')
  return intentId
}
