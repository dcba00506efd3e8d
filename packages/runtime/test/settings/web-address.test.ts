import t from 'tap'
import { deriveSettings } from '../../src/settings/derive.js'
import { readSources } from '../../src/settings/sources.js'
import { buildSettings } from '../../src/settings/validate.js'
import { build, problems, sections } from './world.js'

t.test('publicUrl is what paths can be put behind', async (t) => {
  for (const good of [
    'https://api.example.com',
    'HTTPS://x',
    'http://[::1]:3000/base/',
    'http://localhost:3000',
    'https://a/b@c',
  ]) {
    t.equal(build(t, { env: { JEX__PUBLIC_URL: good } }).get('publicUrl'), good)
  }
  for (const bad of [
    ...['https://x?a=1', 'https://x/?', 'https://x/#a', 'https://me:secret@x', 'https://me@x', 'https://@x'],
    ...['https://', 'https:///x', 'https://?x', 'https:x', 'https:/x', 'https://x:99999', 'https://x:http', '//x', 'x'],
    ...['ftp://x', 'https://x y', ' https://x', 'https://x\\\\y', 'https://[::1', 'https://x,https://y z'],
  ]) {
    t.match(
      problems(t, { env: { JEX__PUBLIC_URL: bad } }),
      /^jex\.publicUrl: ".*" is not a valid public URL \(from environment\)\. Where clients.*\. Set it like jex\.publicUrl=https:\/\/api\.example\.com$/,
      bad,
    )
  }
})

t.test('origins are what browsers send', async (t) => {
  const good =
    '*,https://app.example.com,http://localhost:5173,http://[::1]:8080,capacitor://localhost,chrome-extension://abc'
  t.same(build(t, { env: { JEX__CORS__ORIGIN: good } }).get('cors.origin'), good.split(','))
  for (const bad of [
    ...[
      'example.com',
      'https://a/',
      'https://a/path',
      'https://a?b',
      'https://A.example',
      'HTTPS://a',
      'https://a:443',
    ],
    ...['https://*.example.com', 'http://a:80', 'https://me@a', 'https://', 'null', 'true', '**', 'localhost:3000'],
  ]) {
    t.match(problems(t, { env: { JEX__CORS__ORIGIN: bad } }), /^jex\.cors\.origin: ".*" is not a valid origin/, bad)
  }
})

t.test('credentials are for origins that are named', async (t) => {
  const appDir = t.testdir({})
  const make = (origin: string) =>
    buildSettings(
      readSources(appDir, { JEX__CORS__ORIGIN: origin, JEX__CORS__CREDENTIALS: 'true' }),
      sections,
      deriveSettings({ appDir, threadPool: 4, authenticates: false, mails: false, warn: () => undefined }),
    )
  t.throws(() => make('*'), {
    name: 'BootError',
    message: /^jex\.cors\.credentials=true .* jex\.cors\.origin=\*.*Name the origins/,
  })
  t.doesNotThrow(() => make('https://app.example.com'))
})
