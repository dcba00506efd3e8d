import { type ExternalTokens, type Finding, readAuthSettings } from '@json-express/core'
import type { FastifyInstance } from 'fastify'
import { createKeySetFetch } from './key-set-fetch.js'
import { type UsableKeys, usableKeys } from './usable-keys.js'

const TIMEOUT_MS = 3000

/** What an operator should know about the identity provider of an app: its keys are read as the server would read them. */
export async function diagnose(app: FastifyInstance): Promise<Finding[]> {
  const { external } = readAuthSettings(app.settings)
  return external === null ? [] : [await keySetFinding(external)]
}

async function keySetFinding({ jwksUri, algorithms }: ExternalTokens): Promise<Finding> {
  const subject = 'auth.jwksUri'
  try {
    const { keys, refused } = await readKeys({ jwksUri, algorithms })
    const message = `answers, with ${keys.length} usable ${keys.length === 1 ? 'key' : 'keys'}`
    if (refused.length === 0) return { subject, level: 'ok', message }
    return {
      ...{ subject, level: 'warning', message: `${message}; refused: ${refused.join('; ')}` },
      remedy: 'Tokens by a refused key are not taken: tell the identity provider, if it signs with it',
    }
  } catch (error) {
    return {
      ...{ subject, level: 'error', message: `${jwksUri}: ${reasonOf(error)}` },
      remedy: 'Correct jex.auth.jwksUri or jex.auth.algorithms, or let this machine reach it: no token can be verified',
    }
  }
}

async function readKeys({ jwksUri, algorithms }: Pick<ExternalTokens, 'jwksUri' | 'algorithms'>): Promise<UsableKeys> {
  let usable: UsableKeys = { keys: [], refused: [] }
  const check = (set: unknown) => {
    usable = usableKeys(set, algorithms)
    return {}
  }
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const headers = new Headers({ accept: 'application/json' })
  const read = createKeySetFetch(check, signal)
  await read(jwksUri, { method: 'GET', redirect: 'manual', headers, signal })
  return usable
}

/** What `fetch` itself throws says no more than that it failed; its cause says why. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return error instanceof TypeError && cause instanceof Error ? cause.message : message
}
