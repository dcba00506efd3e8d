import type { Finding, IConfigProvider } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import type { LoadedPackage } from '../discovery/load.js'
import type { PackagePlan } from '../plan.js'
import type { ResolvedApp } from '../resolve-app.js'
import type { Sources } from '../settings/sources.js'

/** What could be found out about an app before its checks; `null` is what could not. */
export interface Examined {
  dir: string
  sources: Sources | null
  plan: PackagePlan | null
  /** Those that load. */
  packages: readonly LoadedPackage[]
  /** As far as they can be understood: a wrong value is left out, and has been reported. */
  settings: IConfigProvider | null
  /** What its files say: models, routes, data. */
  resolved: ResolvedApp | null
  /**
   * Put together without being started, when its settings are right. A dependency that could not be made is there, and
   * refuses whatever it is asked.
   */
  app: FastifyInstance | null
}

/** Looks at one thing. What it cannot judge for want of the rest it passes over. */
export type Check = (examined: Examined) => Finding[] | Promise<Finding[]>
