const NEWLINE = 0x0a

export interface Line {
  /** From 1. */
  number: number
  /** `null` where it is longer than the limit or not UTF-8. */
  text: string | null
}

/**
 * The lines of a file of any size, never more than one of them in memory, and none beyond `maxBytes`. Only a line feed
 * ends one, as JSON Lines has it. A byte order mark is no part of them.
 */
export async function* readLines(file: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Line> {
  let number = 0
  let held: Buffer[] = []
  let bytes = 0
  const hold = (part: Buffer) => {
    bytes += part.length
    if (bytes > maxBytes) held = []
    else held.push(part)
  }
  const release = (): Line => {
    const text = bytes > maxBytes ? null : decoded(Buffer.concat(held))
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
