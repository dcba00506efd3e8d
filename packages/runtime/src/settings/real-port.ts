import { once } from 'node:events'
import { createServer } from 'node:net'
import { isOurs, pathOf } from './keys.js'
import { find, readSources } from './sources.js'

/**
 * The environment to start an app with. Where its settings say port 0, any, that is a free one: links name the port before
 * the server listens.
 */
export async function withRealPort(dir: string, env: NodeJS.ProcessEnv = process.env): Promise<NodeJS.ProcessEnv> {
  if (Number(find(readSources(dir, env).values, 'port') || 'unset') !== 0) return env
  const others = Object.entries(env).filter(([name]) => !isOurs(name) || pathOf(name) !== 'port')
  return Object.fromEntries([...others, ['JEX__PORT', String(await freePort())]])
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
