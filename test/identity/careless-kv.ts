const CODE = `import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

const fileOf = (key) => '.jex/kv/' + createHash('sha256').update(key).digest('hex')

export default async function carelessKv(app) {
  mkdirSync('.jex/kv', { recursive: true })
  app.decorate('kv', {
    async get(key) {
      try {
        const { value, expiresAt } = JSON.parse(readFileSync(fileOf(key), 'utf8'))
        return expiresAt > Date.now() ? value : null
      } catch {
        return null
      }
    },
    async set(key, value, { ttlMs = 1e12 } = {}) {
      writeFileSync(fileOf(key), JSON.stringify({ value, expiresAt: Date.now() + ttlMs }))
    },
    async delete(key) {
      return (await this.get(key)) !== null
    },
    async take(key) {
      return this.get(key)
    },
    async increment(key, { by = 1, ttlMs } = {}) {
      const next = ((await this.get(key)) ?? 0) + by
      await this.set(key, next, { ttlMs })
      return next
    },
    async compareAndSet(key, expected, next, options) {
      if (JSON.stringify(await this.get(key)) !== JSON.stringify(expected)) return false
      if (next !== null) await this.set(key, next, options)
      return true
    },
    health: async () => {},
    close: async () => {},
  })
}
carelessKv[Symbol.for('skip-override')] = true
`

/**
 * The files of a package with a store that several processes share and that keeps every entry until it expires: nothing
 * in it is atomic, and deleting fails. What is single-use with it is so by the database alone.
 */
export const carelessKv: Record<string, string | object> = {
  'node_modules/careless-kv/package.json': {
    name: 'careless-kv',
    version: '1.0.0',
    type: 'module',
    exports: { '.': './index.js', './package.json': './package.json' },
    jsonExpress: { kind: 'kv', api: 1, provides: ['kv'], requires: [], optional: [], section: 'careless-kv' },
  },
  'node_modules/careless-kv/index.js': CODE,
}
