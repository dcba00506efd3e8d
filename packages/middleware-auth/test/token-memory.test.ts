import t from 'tap'
import { createTokenMemory } from '../src/token-memory.js'

const MIB = 1024 * 1024
const claims = { exp: Date.now() / 1000 + 600 }

t.test('remembers ten thousand tokens of the usual size, the last ones used', async (t) => {
  const memory = createTokenMemory(0)
  for (let i = 0; i <= 10_000; i++) memory.remember(`${i}.${'x'.repeat(600)}`, claims)
  t.equal(memory.recall(`0.${'x'.repeat(600)}`), undefined)
  t.equal(memory.recall(`1.${'x'.repeat(600)}`), claims)
  t.equal(memory.recall(`10000.${'x'.repeat(600)}`), claims)
})

t.test('remembers fewer where they are large, so that nobody fills the memory with them', async (t) => {
  const memory = createTokenMemory(0)
  const large = (i: number) => `${i}.`.padEnd(8192, 'x')
  for (let i = 0; i < 10_000; i++) memory.remember(large(i), claims)
  const kept = Array.from({ length: 10_000 }, (_, i) => memory.recall(large(i))).filter((found) => found !== undefined)
  t.equal(kept.length, (16 * MIB) / 8192)
  t.equal(memory.recall(large(9999)), claims, 'the last ones')
})
