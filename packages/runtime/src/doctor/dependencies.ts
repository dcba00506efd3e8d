import type { Finding } from '@json-express/core'
import { checkDependencies } from '../health.js'
import type { Examined } from './examined.js'

/** Whether the database and all else that is configured answers. */
export async function dependencies({ app }: Pick<Examined, 'app'>): Promise<Finding[]> {
  if (app === null) return []
  const checks = await checkDependencies(app)
  return Object.entries(checks).map(([subject, result]): Finding => {
    if (result === 'ok') return { subject, level: 'ok', message: 'answers' }
    const remedy = 'Start it, or correct the settings of its package'
    return { subject, level: 'error', message: 'does not answer', remedy }
  })
}
