import { cpus } from 'node:os'
import { attack } from './scenarios/attack.js'
import { enumeration } from './scenarios/enumeration.js'
import { login } from './scenarios/login.js'
import { noop } from './scenarios/noop.js'
import { storm } from './scenarios/storm.js'

/** One measured promise: a ratio between us and a peer, taken in the same run. */
export interface Result {
  title: string
  ratio: number
  /** `<= 2` or `>= 0.9`. */
  aim: { at: 'most' | 'least'; value: number }
  /** The figures behind the ratio, as they came out. */
  figures: Record<string, string>
}

const scenarios = { noop, login, storm, attack, enumeration }
const wanted = process.argv.slice(2)
const print = (line: string) => process.stdout.write(`${line}\n`)

print(`Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model})`)
for (const [name, scenario] of Object.entries(scenarios)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  print(`\n${name}`)
  for (const { title, ratio, aim, figures } of await scenario(print)) {
    const met = aim.at === 'most' ? ratio <= aim.value : ratio >= aim.value
    print(`  ${title}: ${ratio.toFixed(2)} (aim: at ${aim.at} ${aim.value}) ${met ? 'met' : 'MISSED'}`)
    for (const [figure, value] of Object.entries(figures)) print(`    ${figure}: ${value}`)
  }
}
