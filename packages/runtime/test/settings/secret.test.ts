import t from 'tap'
import { developmentSecret } from '../../src/settings/secret.js'

for (const [title, content] of [
  ['empty', ''],
  ['blank', '  \n'],
  ['short', 'abc'],
] as const) {
  t.test(`a kept secret that is ${title} is none to sign with`, async (t) => {
    const dir = t.testdir({ '.jex': { secret: content } })
    t.throws(() => developmentSecret(dir), { name: 'BootError', message: /\.jex\/secret holds no secret.*Delete it/ })
  })
}
