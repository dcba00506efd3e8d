import t from 'tap'
import { withRealPort } from '../../src/settings/real-port.js'
import { find, readSources } from '../../src/settings/sources.js'

t.test('any port is a free one before anything is made of it', async (t) => {
  for (const [file, env] of [
    ['jex.port=0', {}],
    ['', { PORT: '0' }],
    ['', { JEX__PORT: '0', PORT: '4000' }],
    ['jex.port=4000', { 'jex.port': '0' }],
  ] as const) {
    const dir = t.testdir({ '.env': file })
    const real = await withRealPort(dir, { HOME: '/root', ...env })
    t.match(find(readSources(dir, real).values, 'port'), /^[1-9]\d+$/)
    t.match(real, { HOME: '/root' })
  }
})

t.test('a port that was chosen stays', async (t) => {
  for (const env of [{}, { PORT: '4000' }, { PORT: '' }, { JEX__PORT: 'abc' }, { JEX__PORT: '' }]) {
    t.equal(await withRealPort(t.testdir({}), env), env)
  }
})
