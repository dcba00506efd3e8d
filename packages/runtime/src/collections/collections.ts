import type { Collection, Collections, IDatabaseAdapter, IDatabaseSession } from '@json-express/core'
import type { FastifyBaseLogger } from 'fastify'
import type { ContextFactory } from '../context.js'
import type { ResolvedModel } from '../models/resolved-model.js'
import { createValidator, type Validator } from '../models/validator.js'
import { nearest } from '../nearest.js'
import { createCollection } from './collection.js'

/** A model with its compiled validator. */
export interface PreparedModel extends ResolvedModel {
  validate: Validator
}

/** What a collection works on: the database itself, or one transaction of it. */
export interface Scope {
  session: IDatabaseSession
  collections: Collections
  /** Runs `work` in the scope's transaction, or in one of its own. */
  atomically<T>(work: (scope: Scope) => Promise<T>): Promise<T>
  /** Runs now, or once the scope's transaction is committed. A failure is logged: the write has happened. */
  afterCommit(work: () => unknown): Promise<void>
}

export interface CollectionsOptions {
  models: readonly ResolvedModel[]
  db: IDatabaseAdapter
  context: ContextFactory
  log: FastifyBaseLogger
}

/** The collections of an app over its database: defaults, validation, hooks and transactions. */
export function createCollections({ models, db, context, log }: CollectionsOptions): Collections {
  const prepared = new Map(models.map((model) => [model.name, { ...model, validate: createValidator(model) }]))

  const guarded = async (work: () => unknown) => {
    try {
      await work()
    } catch (err) {
      log.error({ err }, 'an after-hook failed; the write it follows is done')
    }
  }

  const transaction = async <T>(work: (scope: Scope) => Promise<T>): Promise<T> => {
    let waiting: (() => unknown)[] = []
    const result = await db.transaction((session) => {
      waiting = [] // the work may run again, and what the try before left behind was undone
      const scope: Scope = {
        session,
        collections: over(() => scope),
        atomically: (inner) => inner(scope),
        afterCommit: async (inner) => void waiting.push(inner),
      }
      return work(scope)
    })
    for (const inner of waiting) await guarded(inner)
    return result
  }

  const over = (scope: () => Scope): Collections => {
    const made = new Map<string, Collection>()
    return {
      has: (name) => prepared.has(name),
      names: () => [...prepared.keys()],
      get(name) {
        const known = made.get(name)
        if (known !== undefined) return known
        const model = prepared.get(name)
        if (model === undefined) throw new Error(`There is no collection ${name}${hint(name, [...prepared.keys()])}`)
        const collection = createCollection(model, scope(), context)
        made.set(name, collection)
        return collection
      },
      transaction: (work) => scope().atomically((inner) => work(inner.collections)),
    }
  }

  const outside: Scope = {
    session: db,
    collections: over(() => outside),
    atomically: transaction,
    afterCommit: guarded,
  }
  return outside.collections
}

function hint(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  return near === undefined ? '' : `. Did you mean ${near}?`
}
