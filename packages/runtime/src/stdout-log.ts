import { writeSync } from 'node:fs'
import type { LogStream } from './server.js'

/** Between two looks whether a reader that is slow has made room, and how often to look before a line is dropped. */
const LOOK_EVERY_MS = 10
const LOOKS = 50

/**
 * The log on a file descriptor, a line at a time. What cannot be written is dropped, be it that the disk is full, that
 * the reader is gone or that it takes nothing for half a second: a log is not worth the server that writes it. Lines
 * come again as soon as they can, and begin on a line of their own.
 */
export function createStdoutLog(fd = 1): LogStream {
  const nothing = new Int32Array(new SharedArrayBuffer(4))
  let torn = false
  let stuck = false

  return {
    write(line) {
      const text = torn ? `\n${line}` : line
      const size = Buffer.byteLength(text)
      try {
        let written = writeOrWait(text)
        if (written === size) {
          torn = false
          return
        }
        const bytes = Buffer.from(text)
        while (written < size) {
          torn = true
          written += writeOrWait(bytes.subarray(written))
        }
        torn = false
      } catch {
        // nowhere is left to say so
      }
    },
  }

  /** Waits for a slow reader, once: after that, lines are dropped at once until it reads again. */
  function writeOrWait(data: string | Uint8Array): number {
    for (let look = 0; ; look++) {
      try {
        const written = typeof data === 'string' ? writeSync(fd, data) : writeSync(fd, data)
        stuck = false
        return written
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
        if (stuck || look === LOOKS) {
          stuck = true
          throw error
        }
        Atomics.wait(nothing, 0, 0, LOOK_EVERY_MS)
      }
    }
  }
}

/** Lets what is printed beside the log (the first admin, mails in development) be lost too, where it cannot be written. */
export function outliveStdout(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.listeners('error').includes(lose)) stream.on('error', lose)
  }
}

/** Whoever has to know, such as a queue that prints a mail, is told by the callback of the write. */
function lose(): void {}
