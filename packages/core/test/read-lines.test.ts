import t from 'tap'
import { type Line, readLines } from '../src/read-lines.js'

async function linesOf(text: string | Buffer, chunk: number): Promise<Line[]> {
  const bytes = Buffer.from(text)
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, i) =>
    bytes.subarray(i * chunk, (i + 1) * chunk),
  )
  const lines: Line[] = []
  for await (const line of readLines(asyncOf(chunks), 64 * 1024)) lines.push(line)
  return lines
}

async function* asyncOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

t.test('lines, however the file is cut into chunks', async (t) => {
  const text = '\ufeff{"a":1}\n\n{"ä":"🦀"}\r\nlast'
  for (const chunk of [1, 2, 3, 5, 7, 1000])
    t.strictSame(
      (await linesOf(text, chunk)).map(({ number, text }) => [number, text]),
      [
        [1, '{"a":1}'],
        [2, ''],
        [3, '{"ä":"🦀"}\r'],
        [4, 'last'],
      ],
      `chunks of ${chunk}`,
    )
  t.strictSame(await linesOf('', 10), [])
  t.strictSame((await linesOf('one\n', 10)).length, 1)
})

t.test('a line that is too long or no text is skipped, and the next one is itself again', async (t) => {
  const limit = 64 * 1024
  const file = Buffer.concat([
    Buffer.from(`${'x'.repeat(limit)}\n${'x'.repeat(limit + 1)}\n${'x'.repeat(10 * limit)}\nnext\n`),
    Buffer.from([0xff, 0xfe, 0x0a]),
    Buffer.from('last'),
  ])
  for (const chunk of [1000, 65_536, 10_000_000]) {
    const lines = await linesOf(file, chunk)
    t.strictSame(
      lines.map(({ number, text }) => [number, text?.length ?? null]),
      [
        [1, limit],
        [2, null],
        [3, null],
        [4, 4],
        [5, null],
        [6, 4],
      ],
      `chunks of ${chunk}`,
    )
  }
})
