import {
  type Collections,
  errors,
  may,
  ownOnly,
  type Row,
  type Rule,
  type User,
  validationFailed,
} from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { isGiven } from '../collections/collection.js'
import { isExposed, type ResolvedModel } from '../models/resolved-model.js'
import { pageLinks } from './links.js'
import { isCleanText, parseListQuery, parseRecordQuery, type RawQuery } from './query.js'
import { refuseUnless } from './refuse-unless.js'
import { createRelated } from './related.js'
import { assertWritable, owns, project, writable } from './visibility.js'

type Params = { Params: { id: string }; Querystring: RawQuery; Body: unknown }

const ID_ALONE: ReadonlySet<string> = new Set(['id'])

/** The REST routes of every model that is exposed: `GET /c`, `GET /c/:id`, `POST /c`, `PATCH /c/:id`, `DELETE /c/:id`. */
export async function restRoutes(
  app: FastifyInstance,
  { models }: { models: readonly ResolvedModel[] },
): Promise<void> {
  const related = createRelated(new Map(models.map((model) => [model.name, model])), app.collections)
  for (const model of models.filter(isExposed)) {
    const path = `/${model.name}`
    const { access } = model
    const rule = (access: Rule) => ({ config: model.excluded ? { auth: false as const } : { access } })
    const collection = app.collections.get(model.name)

    app.get<Params>(path, rule(access.read), async (request, reply) => {
      refuseUnless(request.user, access.read)
      const { query, page, ...shape } = parseListQuery(model, request.user, request.query)
      const [records, total] = await Promise.all([collection.find(query), collection.count(query)])
      reply.header('x-total-count', total)
      reply.header('link', pageLinks(path, request.query, page, query.limit, total))
      return related.views(model, request.user, records, shape)
    })

    app.get<Params>(`${path}/:id`, rule(access.read), async (request) => {
      refuseUnless(request.user, access.read)
      const shape = parseRecordQuery(model, request.user, request.query)
      const record = await find(model, app.collections, request, access.read)
      return (await related.views(model, request.user, [record], shape))[0]
    })

    app.post<Params>(path, rule(access.create), async (request, reply) => {
      refuseUnless(request.user, access.create)
      refuseQuery(request.query)
      const body = bodyOf(request.body)
      assertWritable(model, request.user, body, 'create', request.user !== null)
      requireWritable(model, request.user, body)
      const record = await collection.create(stampOwner(model, request.user, body), { request })
      reply.code(201).header('location', `${path}/${encodeURIComponent(record.id)}`)
      return answerToWrite(model, request.user, record)
    })

    app.patch<Params>(`${path}/:id`, rule(access.update), async (request) => {
      refuseUnless(request.user, access.update)
      refuseQuery(request.query)
      const body = bodyOf(request.body)
      const record = await find(model, app.collections, request, access.update)
      assertWritable(model, request.user, body, 'update', owns(model, request.user, record))
      const updated = await collection.update(record.id, body, {
        ...stillOwn(model, request.user, access.update),
        request,
      })
      if (updated === null) throw new errors.NotFound()
      return answerToWrite(model, request.user, updated)
    })

    app.delete<Params>(`${path}/:id`, rule(access.delete), async (request) => {
      refuseUnless(request.user, access.delete)
      refuseQuery(request.query)
      const record = await find(model, app.collections, request, access.delete)
      const removed = await collection.delete(record.id, { ...stillOwn(model, request.user, access.delete), request })
      if (removed === null) throw new errors.NotFound()
      return answerToWrite(model, request.user, removed)
    })
  }
}

/** The written record, or nothing but its id where the caller could not have read it: a write is no way around `read`. */
function answerToWrite(model: ResolvedModel, user: User | null, record: Row): Record<string, unknown> {
  return project(model, user, record, may(user, model.access.read, owns(model, user, record)) ? undefined : ID_ALONE)
}

/** The record of the path, if the caller passes the rule for it. A foreign one is as absent as one that is not there. */
async function find(
  model: ResolvedModel,
  collections: Collections,
  { params, user }: { params: { id: string }; user: User | null },
  rule: Rule,
): Promise<Row> {
  const id = parseId(model, params.id)
  const record = id === null ? null : await collections.get(model.name).get(id)
  if (record === null || !may(user, rule, owns(model, user, record))) throw new errors.NotFound()
  return record
}

function parseId({ idKind }: ResolvedModel, text: string): string | number | null {
  if (idKind === 'integer')
    return /^(0|[1-9]\d{0,15})$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null
  return isCleanText(text) ? text : null
}

/** Makes an owner's write conditional on his still being the owner when it happens. */
function stillOwn(model: ResolvedModel, user: User | null, rule: Rule): { ifMatch?: Record<string, string> } {
  const { ownerField } = model.access
  return user !== null && ownerField !== undefined && ownOnly(user, rule) ? { ifMatch: { [ownerField]: user.id } } : {}
}

/** The owner of a new record is whoever creates it; only an admin may have named another. */
function stampOwner(model: ResolvedModel, user: User | null, body: Record<string, unknown>): Record<string, unknown> {
  const { ownerField } = model.access
  if (ownerField === undefined || ownerField === 'id' || Object.hasOwn(body, ownerField)) return body
  return { ...body, [ownerField]: user?.id ?? null }
}

/** Hooks may rely on what the client has to send: that is checked before they run. */
function requireWritable(model: ResolvedModel, user: User | null, body: Record<string, unknown>): void {
  const missing = [...model.fields.values()].filter(
    ({ name, definition }) =>
      definition.required === true &&
      definition.default === undefined &&
      !isGiven(body, name) &&
      name !== model.access.ownerField &&
      writable(model, user, name, 'create', user !== null),
  )
  if (missing.length > 0) throw validationFailed(missing.map(({ name }) => ({ field: name, message: 'is required' })))
}

function bodyOf(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body }
  throw validationFailed([{ field: '', message: 'The body must be a JSON object' }])
}

function refuseQuery(query: RawQuery): void {
  const names = Object.keys(query)
  if (names.length > 0) throw validationFailed(names.map((field) => ({ field, message: 'is not a parameter here' })))
}
