import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** A hash over the content of files. */
export function hashContent(paths, ...extra) {
  const hash = createHash('sha256')
  for (const path of paths) hash.update(path).update('\0').update(readFileSync(path)).update('\0')
  return hash.update(extra.join('\0')).digest('hex')
}

/** A hash over names, sizes and times of files: quicker, and wrong only on the side of doing the work again. */
export function hashTimes(paths, ...extra) {
  const hash = createHash('sha256')
  for (const path of paths) {
    const { mtimeMs, size } = statSync(path)
    hash.update(`${path}\0${mtimeMs}\0${size}\0`)
  }
  return hash.update(extra.join('\0')).digest('hex')
}

export function readStamp(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // not there yet: the work has not been done
    return ''
  }
}

export function writeStamp(path, stamp) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, stamp)
}
