import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import type { Rule } from './access.js'
import type { Collections } from './collections.js'
import type { Row } from './contracts/adapter.js'
import type { IEmailProvider } from './contracts/email.js'
import type { IKvStore } from './contracts/kv-store.js'
import type { IQueueAdapter } from './contracts/queue.js'
import type { User } from './user.js'

/**
 * What hooks and endpoints work with. `kv`, `queue` and `email` throw a readable error on use when no package provides
 * them.
 */
export interface Context {
  collections: Collections
  kv: IKvStore
  queue: IQueueAdapter
  email: IEmailProvider
  log: FastifyBaseLogger
  /** The request at hand; for internal work (seeding, jobs) only `user: null`. */
  request: { user: User | null } & Partial<Omit<FastifyRequest, 'user'>>
}

type Data = Record<string, unknown>

/**
 * Hooks of a model. Before-hooks run before the transaction opens and may return the data to go on with (or change it
 * in place). After-hooks run once the write is committed; an error there is logged and does not undo it.
 */
export interface Hooks {
  beforeCreate?: (data: Data, context: Context) => unknown
  afterCreate?: (record: Row, context: Context) => unknown
  /** `changes` holds only what changes; `record` is the record as it was read before. */
  beforeUpdate?: (changes: Data, context: Context & { record: Row }) => unknown
  afterUpdate?: (record: Row, context: Context & { before: Row }) => unknown
  beforeDelete?: (record: Row, context: Context) => unknown
  afterDelete?: (record: Row, context: Context) => unknown
  /**
   * For models of packages. Runs inside the transaction of an update, between reading the row and writing it, and may
   * return what is written (or change it in place): `before` is the row that is written over, so what is derived from it
   * is lost to no write at the same time. It may run again for one update, so it has no effects but its result.
   */
  amendUpdate?: (changes: Data, context: Context & { before: Row }) => unknown
  /**
   * Within-hooks run inside the transaction of the write, right after it; `context.collections` belongs to that
   * transaction, and a throw rolls everything back. Keep them short: on SQLite no other write runs meanwhile. On PostgreSQL
   * they may run several times, when another write has undone a try: they have no effects but those on records.
   */
  withinCreate?: (record: Row, context: Context) => unknown
  withinUpdate?: (record: Row, context: Context & { before: Row }) => unknown
  withinDelete?: (record: Row, context: Context) => unknown
}

/** Answers a request to an endpoint of a model; what it returns is the JSON body. */
export type EndpointHandler = (request: FastifyRequest, reply: FastifyReply, context: Context) => unknown

/** A handler, or one with a rule of its own. Without a rule the default of the server holds. */
export type Endpoint = EndpointHandler | { access: Rule; handler: EndpointHandler }

/** Keyed by method and path below the collection: `'POST /:id/feature'`. */
export type Endpoints = Record<string, Endpoint>
