import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Finding } from '@json-express/core'
import type { Examined } from './examined.js'
import { type StoreFile, storeFiles } from './store-files.js'

const MIB = 1024 * 1024
const LOW = 100 * MIB

/** Whether what keeps its data in a file can write there, and for how long. */
export function disk(examined: Pick<Examined, 'plan' | 'settings'>): Finding[] {
  const production = examined.settings?.production === true
  return storeFiles(examined).flatMap((store) =>
    store.file === ':memory:' ? inMemory(store, production) : onDisk(store),
  )
}

function inMemory({ key: subject }: StoreFile, production: boolean): Finding[] {
  if (!production) return []
  const message = ':memory: forgets everything at exit'
  return [{ subject, level: 'warning', message, remedy: `Set jex.${subject} to a file` }]
}

function onDisk({ key: subject, file }: StoreFile): Finding[] {
  const folder = nearestFolder(file)
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    if (existsSync(file)) accessSync(file, constants.W_OK)
    const { bavail, bsize } = statfsSync(folder)
    const free = `${Math.floor((bavail * bsize) / MIB)} MiB free`
    if (bavail * bsize >= LOW) return [{ subject, level: 'ok', message: `${file} can be written, ${free}` }]
    const remedy = 'Make room, or move the file: a full disk refuses every write'
    return [{ subject, level: 'warning', message: `${free} on the disk of ${file}`, remedy }]
  } catch (error) {
    const message = `${file} cannot be written: ${(error as Error).message}`
    return [
      {
        subject,
        level: 'error',
        message,
        remedy: `Give this user the right to write ${folder}, or set jex.${subject}`,
      },
    ]
  }
}

/** The folder of a file, or what is there of it: the rest is made at boot. */
function nearestFolder(file: string): string {
  const folder = dirname(file)
  return existsSync(folder) || folder === dirname(folder) ? folder : nearestFolder(folder)
}
