import { spawn } from 'node:child_process'
import type { Test } from 'tap'
import { bare } from '../harness/bare.js'

/** A `sh` block of a page: what to run, and what its comments say will come. */
export interface Block {
  script: string
  shown: string[]
  /** What its commands exit with: 0 unless a line of it says `# exits 1`. */
  exits?: number
}

const EXITS = /^exits (\d+)$/

export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = '']) => ({
    script: text.replace(/^# .*\n/gm, ''),
    ...comments([...text.matchAll(/^# (.*)$/gm)].map(([, line = '']) => line)),
  }))
}

function comments(lines: readonly string[]): Pick<Block, 'shown' | 'exits'> {
  const exits = lines.flatMap((line) => EXITS.exec(line)?.[1] ?? []).at(-1)
  return { shown: lines.filter((line) => !EXITS.test(line)), exits: Number(exits ?? 0) }
}

/** The lines of the page's `.env`, an `ini` block that begins with `# .env`. */
export function settingsOf(markdown: string): string {
  return [...markdown.matchAll(/```ini\n# \.env\n([\s\S]*?)```/g)].map(([, text = '']) => text).join('')
}

/**
 * Runs the blocks in one bash, as a reader would paste them, and compares what they print and exit with to what the page
 * says: a command that fails fails the block. `adapt` puts in what only the run knows: addresses, passwords, tokens of mails.
 */
export async function runBlocks(
  t: Test,
  blocks: readonly Block[],
  adapt: (script: string) => string | Promise<string>,
): Promise<void> {
  const bash = spawn(...bare('bash', ['-u']), { stdio: ['pipe', 'pipe', 'inherit'] })
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

  bash.stdin.write("set -E -o pipefail; trap 'FAILED=$?' ERR\n")
  for (const [index, { script, shown, exits = 0 }] of blocks.entries()) {
    const adapted = await adapt(script)
    output = ''
    const mark = `--- end of block ${index} ---`
    bash.stdin.write(`FAILED=0\n${adapted}\necho\necho "exit code $FAILED"\necho "${mark}"\n`)
    const printed = await until(mark)
    t.match(printed, new RegExp(`\\nexit code ${exits}\\n$`), `exits ${exits}: ${script.trim().slice(0, 60)}`)
    for (const line of shown) t.match(printed, expectation(line), line.slice(0, 60))
  }
  bash.stdin.end()
}

/** What the page shows, with the parts that differ from machine to machine left open. */
function expectation(line: string): RegExp {
  const open = line.replace(/\s*…\s*$/, '').replace(/[0-9a-f]{8}-[0-9a-f-]*/g, '\u0000')
  return new RegExp(
    open
      .trimEnd()
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('\u0000', '[0-9a-f-]+')
      .replaceAll('…', '.*'),
  )
}
