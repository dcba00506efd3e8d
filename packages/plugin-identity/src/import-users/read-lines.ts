const NEWLINE = 0x0a
const MAX_LINE_BYTES = 64 * 1024

export interface Line {
  /** From 1. */
  number: number
  /** `null` where it is longer than 64 KiB or not UTF-8. */
  text: string | null
}

/** The lines of a file of any size, never more than one of them in memory. A byte order mark is no part of them. */
export async function* readLines(file: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 0
  let held: Buffer[] = []
  let bytes = 0
  const hold = (part: Buffer) => {
    bytes += part.length
    if (bytes > MAX_LINE_BYTES) held = []
    else held.push(part)
  }
  const release = (): Line => {
    const text = bytes > MAX_LINE_BYTES ? null : decoded(Buffer.concat(held))
    held = []
    bytes = 0
    number += 1
    return { number, text }
  }

  for await (const chunk of file) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      hold(chunk.subarray(start, end))
      yield release()
      start = end + 1
    }
    hold(chunk.subarray(start))
  }
  if (bytes > 0) yield release()
}

function decoded(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}
