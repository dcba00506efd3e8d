import type { Finding } from '@json-express/core'
import { clock } from './clock.js'
import { database } from './database.js'
import { dependencies } from './dependencies.js'
import { developmentPackages } from './development-packages.js'
import { disk } from './disk.js'
import { envFiles } from './env-files.js'
import { mode } from './mode.js'
import { nodeVersion } from './node-version.js'
import { packageFindings } from './package-findings.js'
import { packages } from './packages.js'
import { publicUrl } from './public-url.js'
import { runChecks } from './run-checks.js'
import { secrets } from './secrets.js'
import { threadPool } from './thread-pool.js'
import { trustProxy } from './trust-proxy.js'

/** Checks an app as an operator would, however broken it is. */
export function diagnoseApp(dir: string): Promise<Finding[]> {
  return runChecks(dir, [
    ...[nodeVersion, packages, mode, secrets, envFiles, publicUrl, trustProxy],
    ...[developmentPackages, threadPool, disk, dependencies, database, clock, packageFindings],
  ])
}
