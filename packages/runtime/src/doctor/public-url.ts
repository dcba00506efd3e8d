import { lookup } from 'node:dns/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Finding } from '@json-express/core'
import type { Examined } from './examined.js'
import { isLoopback } from './loopback.js'

const TIMEOUT_MS = 3000

/** Whether the links that are mailed lead here, and safely. */
export async function publicUrl({ settings }: Pick<Examined, 'settings'>): Promise<Finding[]> {
  const text = settings?.get('publicUrl')
  if (!settings?.production || typeof text !== 'string') return []
  const subject = 'publicUrl'
  const url = new URL(text)
  const shown = url.origin + (url.pathname === '/' ? '' : url.pathname)
  const findings: Finding[] = []
  const remark = (level: Finding['level'], message: string, remedy: string) =>
    void findings.push({ subject, level, message, remedy })

  if (isLoopback(url.hostname)) {
    remark(
      'error',
      `${shown} leads every reader of a mail to their own machine`,
      `Set it to the server's name: ${EXAMPLE}`,
    )
  } else if (url.protocol !== 'https:') {
    remark('error', `${shown} is not https: mailed links and passwords can be read on the way`, `Set it to ${EXAMPLE}`)
  }
  if (url.pathname !== '/') {
    remark(
      'warning',
      `it has the path ${url.pathname}, which this server does not know`,
      'Let the proxy take the path away before it passes a request on, or leave it out',
    )
  }
  if (!isLoopback(url.hostname) && !(await resolves(url.hostname))) {
    const message = `${url.hostname} has no address that this machine can find`
    remark('warning', message, 'Correct the name, or its entry in the DNS')
  }
  return findings.length > 0 ? findings : [{ subject, level: 'ok', message: shown }]
}

const EXAMPLE = 'jex.publicUrl=https://api.example.com'

async function resolves(hostname: string): Promise<boolean> {
  const over = new AbortController()
  const found = lookup(hostname.replace(/^\[|\]$/g, '')).then(
    () => true,
    () => false,
  )
  const late = delay(TIMEOUT_MS, false, { signal: over.signal, ref: false }).catch(() => false)
  const result = await Promise.race([found, late])
  over.abort()
  return result
}
