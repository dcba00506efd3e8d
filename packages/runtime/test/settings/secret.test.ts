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

t.test('where none can be kept, boot says to set one', async (t) => {
  const dir = t.testdir({ '.jex': 'a file where the folder should be' })
  t.throws(() => developmentSecret(dir), { name: 'BootError', message: /cannot be written\. Set jex\.auth\.secret/ })
})
