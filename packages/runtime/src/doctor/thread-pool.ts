import type { Finding } from '@json-express/core'
import type { Examined } from './examined.js'

/** Whether password hashes leave threads to the files and DNS lookups of everything else. */
export function threadPool({
  settings,
  sources,
  packages,
}: Pick<Examined, 'settings' | 'sources' | 'packages'>): Finding[] {
  if (settings === null || sources === null) return []
  if (!packages.some(({ manifest }) => manifest.provides.includes('authenticate'))) return []
  const [hashes, threads] = [Number(settings.get('auth.hash.concurrency')), sources.threadPool]
  if (hashes < threads || hashes === 1) return []
  return [
    {
      subject: 'auth.hash.concurrency',
      level: 'warning',
      message: `${hashes} hashes at once take all ${threads} threads of the pool: during a storm of logins files and DNS wait`,
      remedy: `Remove jex.auth.hash.concurrency, or set UV_THREADPOOL_SIZE=${hashes + 2} in the environment`,
    },
  ]
}
