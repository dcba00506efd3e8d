import { existsSync } from 'node:fs'
import type { Slot } from '@json-express/core'
import type { Examined } from './examined.js'

export interface StoreFile {
  slot: Slot
  /** The setting that names it. */
  key: string
  /** Absolute, or `:memory:`. */
  file: string
}

/** The files that the chosen packages keep their data in: `jex.adapter-sqlite.file`. */
export function storeFiles({ plan, settings }: Pick<Examined, 'plan' | 'settings'>): StoreFile[] {
  const entries = settings?.entries() ?? []
  return (plan?.choices ?? []).flatMap(({ slot, chosen: { manifest } }) => {
    const key = `${manifest.section}.file`
    const file = entries.find((entry) => entry.key === key)?.value
    return typeof file === 'string' ? [{ slot, key, file }] : []
  })
}

/** Those that the first start will make. */
export function slotsWithoutFile(examined: Pick<Examined, 'plan' | 'settings'>): StoreFile[] {
  return storeFiles(examined).filter(({ file }) => file !== ':memory:' && !existsSync(file))
}
