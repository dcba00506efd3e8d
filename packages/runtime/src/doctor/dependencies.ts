import { BootError, type Finding } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { askDependency, DEPENDENCIES } from '../health.js'
import type { Examined } from './examined.js'
import { problemFindings } from './problem-findings.js'
import { slotsWithoutFile } from './store-files.js'

/** Whether the database and all else that is configured answers: everything is asked, whatever the others say. */
export async function dependencies({
  app,
  plan,
  settings,
}: Pick<Examined, 'app' | 'plan' | 'settings'>): Promise<Finding[]> {
  if (app === null) return []
  const withoutFile = new Set<string>(slotsWithoutFile({ plan, settings }).map(({ slot }) => slot))
  const findings = DEPENDENCIES.filter((name) => app.hasDecorator(name)).map((name) => {
    if (name === 'db' && withoutFile.has('adapter')) return [NEVER_STARTED]
    return withoutFile.has(name) ? [notMadeYet(name)] : ask(app, name)
  })
  return (await Promise.all(findings)).flat()
}

async function ask(app: FastifyInstance, subject: (typeof DEPENDENCIES)[number]): Promise<Finding[]> {
  const error = await askDependency(app, subject)
  if (error === null) return [{ subject, level: 'ok', message: 'answers' }]
  if (error instanceof BootError) return problemFindings(error, subject)
  const message = `does not answer: ${error.message}`
  return [{ subject, level: 'error', message, remedy: 'Start it, or correct the settings of its package' }]
}

const NEVER_STARTED: Finding = {
  subject: 'db',
  level: 'warning',
  message: 'the app has never been started here, so there is no database to look at: the first start makes it',
  remedy: 'Start it once with npx json-express, then ask the doctor again',
}

function notMadeYet(subject: string): Finding {
  return { subject, level: 'ok', message: 'its file is made by the first start' }
}
