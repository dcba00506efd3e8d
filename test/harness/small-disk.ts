import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Teardown } from './servers/server-process.js'

export interface SmallDisk {
  dir: string
  /** Takes all the room that is left. */
  fill(): void
  free(): void
}

/** Why a test has no small disk here, or `false`. */
export const noSmallDisk: string | false =
  process.platform === 'linux' && process.getuid?.() === 0 && canMount() ? false : 'needs the right to mount a tmpfs'

/** A file system of its own, of so many MiB, gone after the test. Processes that use it are to be started after it. */
export function smallDisk(t: Teardown, sizeMiB: number): SmallDisk {
  const dir = mkdtempSync(join(tmpdir(), 'jex-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m,mode=0777`, 'jex-test', dir])
  t.teardown(() => {
    execFileSync('umount', ['--lazy', dir])
    rmdirSync(dir)
  })
  const ballast = join(dir, 'ballast')
  return {
    dir,
    fill() {
      const { bavail, bsize } = statfsSync(dir)
      writeFileSync(ballast, Buffer.alloc(bavail * bsize))
    },
    free: () => rmSync(ballast, { force: true }),
  }
}

/** Lets nobody write below the folder any more, until the test is over. */
export function readOnly(t: Teardown, dir: string): void {
  execFileSync('mount', ['--bind', dir, dir])
  t.teardown(() => execFileSync('umount', ['--lazy', dir]))
  execFileSync('mount', ['-o', 'remount,ro,bind', dir])
}

function canMount(): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'jex-disk-'))
  try {
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'jex-test', dir]).status !== 0) return false
    return spawnSync('umount', [dir]).status === 0
  } finally {
    rmdirSync(dir)
  }
}
