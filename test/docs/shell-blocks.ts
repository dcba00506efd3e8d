import { spawn } from 'node:child_process'
import type { Test } from 'tap'

/** A `sh` block of a page: what to run, and what its comments say will come. */
export interface Block {
  script: string
  shown: string[]
}

export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = '']) => ({
    script: text.replace(/^# .*\n/gm, ''),
    shown: [...text.matchAll(/^# (.*)$/gm)].map(([, line = '']) => line),
  }))
}

/** The lines of the page's `.env`, an `ini` block that begins with `# .env`. */
export function settingsOf(markdown: string): string {
  return [...markdown.matchAll(/```ini\n# \.env\n([\s\S]*?)```/g)].map(([, text = '']) => text).join('')
}

/**
 * Runs the blocks in one bash, as a reader would paste them, and compares what they print with what the page shows. `adapt`
 * puts in what only the run knows: addresses, passwords, tokens of mails.
 */
export async function runBlocks(
  t: Test,
  blocks: readonly Block[],
  adapt: (script: string) => string | Promise<string>,
): Promise<void> {
  const bash = spawn('bash', ['-u'], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => bash.kill())
  let output = ''
  let wake = () => {}
  bash.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8')
    wake()
  })
  const until = (mark: string) =>
    new Promise<string>((resolve) => {
      wake = () => {
        if (output.includes(mark)) resolve(output.split(mark)[0] ?? '')
      }
      wake()
    })

  for (const [index, { script, shown }] of blocks.entries()) {
    const adapted = await adapt(script)
    output = ''
    const mark = `--- end of block ${index} ---`
    bash.stdin.write(`${adapted}\necho\necho "${mark}"\n`)
    const printed = await until(mark)
    for (const line of shown) t.match(printed, expectation(line), line.slice(0, 60))
  }
  bash.stdin.end()
}

/** What the page shows, with the parts that differ from machine to machine left open. */
function expectation(line: string): RegExp {
  const open = line.replace(/…/g, '').replace(/[0-9a-f]{8}-[0-9a-f-]*/g, '\u0000')
  return new RegExp(
    open
      .trimEnd()
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('\u0000', '[0-9a-f-]+'),
  )
}
