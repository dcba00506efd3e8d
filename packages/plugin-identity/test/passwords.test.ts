import argon2 from 'argon2'
import t from 'tap'
import { isSupportedHash } from '../src/hashes/read-hash.js'
import { createPasswords } from '../src/passwords.js'
import { watchHashWorkers } from './hash-workers.js'

const CHEAP = { memoryKiB: 1024, iterations: 1, parallelism: 1 }
const POLICY = { minLength: 8, maxLength: 256, blocklist: false, requireLetterAndDigit: false }
const EMAIL = { appName: 'JSONExpress' }

function passwords(hash: Partial<Parameters<typeof createPasswords>[0]['hash']> = {}) {
  return createPasswords({ hash: { ...CHEAP, ...hash }, password: POLICY, email: EMAIL })
}

t.test('hashes with exactly the settings, and verifies', async (t) => {
  const { hash, verify } = passwords({ memoryKiB: 2048, iterations: 3, parallelism: 2 })
  const one = await hash('correct horse')
  t.match(one, /^\$argon2id\$v=19\$m=2048,t=3,p=2\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  t.not(one, await hash('correct horse'), 'every hash has a salt of its own')
  t.equal(await verify(one, 'correct horse'), true)
  for (const wrong of ['correct horsf', 'Correct horse', ' correct horse', 'correct horse ', '']) {
    t.equal(await verify(one, wrong), false, JSON.stringify(wrong))
  }
})

t.test('nothing is cut: passwords that differ at the very end differ', async (t) => {
  const { hash, verify } = passwords()
  const long = 'x'.repeat(255)
  t.equal(await verify(await hash(`${long}a`), `${long}b`), false)
  t.equal(await verify(await hash(`${long}a`), `${long}a`), true)
})

t.test('one password on every keyboard: NFC and NFD are the same', async (t) => {
  const { hash, verify } = passwords()
  t.equal(await verify(await hash('pässwörter'.normalize('NFD')), 'pässwörter'.normalize('NFC')), true)
})

t.test('compatibility forms and look-alikes stay what they are', async (t) => {
  const { hash, verify } = passwords()
  for (const [one, other] of [
    ['ｐａｓｓｗｏｒｄ', 'password'],
    ['ﬁve fish', 'five fish'],
    ['pаssword', 'password'], // with a Cyrillic a
    ['password\u200b', 'password'],
    ['Password', 'password'],
  ] as const) {
    t.equal(await verify(await hash(one), other), false, JSON.stringify(one))
  }
})

t.test('what is no hash of ours verifies nothing, throws nothing, and costs one real hash', async (t) => {
  const { verify } = passwords()
  const good = await argon2.hash('password', { type: argon2.argon2id, memoryCost: 1024, timeCost: 1, parallelism: 1 })
  await verify(null, 'password') // the stand-in hash is made by now
  const workers = watchHashWorkers()
  t.teardown(workers.stop)
  const costsOne = async (hash: string | null, password: string, expected: boolean) => {
    const before = workers.started
    t.equal(await verify(hash, password), expected, `${hash} ${JSON.stringify(password.slice(0, 20))}`)
    t.equal(workers.started - before, 1, 'one hash')
  }
  await costsOne(good, 'password', true)
  const bad = [
    null,
    '',
    'password',
    '$2b$16$CwTycUXWue0Thq9StjUM0uJ8m1rXl1pYq0Q7gVw1Z5c3k1p2o3q4u',
    good.replace('v=19', 'v=16'),
    good.replace('$v=19', ''),
    good.replace('m=1024', 'm=99999999'),
    good.replace('m=1024', 'm=1048577'),
    good.replace('m=1024', 'm=0'),
    good.replace('m=1024', 'm=-1'),
    good.replace('m=1024', 'm=1e3'),
    good.replace('t=1', 't=11'),
    good.replace('t=1', 't=0'),
    good.replace('p=1', 'p=9'),
    good.replace('p=1', 'p=0'),
    good.replace('m=1024,t=1,p=1', 'm=8,t=1,p=8'),
    good.replace('m=1024,t=1,p=1', 't=1,m=1024,p=1'),
    good.replace(/[^$]+$/, 'A'.repeat(10_000)),
    good.slice(0, 40),
    good.replace(/[^$]+$/, 'A'.repeat(41)), // base64 of nothing
    good.replace(/[^$]+(?=\$[^$]+$)/, 'A'.repeat(13)),
    good.replace(/.$/, (last) => ({ A: 'B', E: 'F', I: 'J', M: 'N', Q: 'R', U: 'V', Y: 'Z' })[last] ?? '/'), // another spelling
    `${good}\n`,
    `${good}$x`,
    ` ${good}`,
    '$argon2id$'.repeat(1000),
  ]
  for (const hash of bad) {
    await costsOne(hash, 'password', false)
    if (hash !== null) t.equal(isSupportedHash(hash), false)
  }
  // in form, and yet the hash of nothing
  for (const hash of [good.replace(/[^$]+$/, 'A'.repeat(43)), good.replace('argon2id', 'argon2i')]) {
    t.equal(isSupportedHash(hash), true)
    await costsOne(hash, 'password', false)
  }
  const noText = ['pass\u0000word', 'password\u0000', 'password\ud800', '\udc00password', '', 'x'.repeat(1_000_000)]
  for (const password of noText) await costsOne(good, password, false)
})

t.test('what may become a password', async (t) => {
  const { assertAcceptable } = passwords()
  const refused = ['', '1234567', '🦀'.repeat(7), 'x'.repeat(257), '🦀'.repeat(257), 'a\u0000bcdefgh', 'abcdefgh\ud800']
  refused.push('\udc00abcdefgh', '🦀\ud83d'.repeat(8), 'x'.repeat(1_000_000))
  for (const text of refused) {
    t.throws(
      () => assertAcceptable(text),
      { code: 'WEAK_PASSWORD', statusCode: 400 },
      JSON.stringify(text).slice(0, 40),
    )
  }
  t.throws(() => assertAcceptable('e\u0301'.repeat(7)), { code: 'WEAK_PASSWORD' }, 'counted as it is hashed: seven')
  for (const text of ['12345678', '        ', '🦀'.repeat(8), '🦀'.repeat(256), 'x'.repeat(256), ' lead and trail ']) {
    t.doesNotThrow(() => assertAcceptable(text), JSON.stringify(text).slice(0, 40))
  }
})

t.test('a lone surrogate is not the character that replaces it', async (t) => {
  const { hash, verify } = passwords()
  t.equal(await verify(await hash('password\ufffd'), 'password\ud800'), false)
  t.equal(await verify(await hash('password\ufffd'), 'password\ufffd'), true)
})

t.test('a policy of the longest passwords still ends at 1024 bytes', async (t) => {
  const { assertAcceptable } = createPasswords({ hash: CHEAP, password: { ...POLICY, maxLength: 2000 }, email: EMAIL })
  t.doesNotThrow(() => assertAcceptable('x'.repeat(1024)))
  t.throws(() => assertAcceptable('x'.repeat(1025)), { code: 'WEAK_PASSWORD', message: /1024 bytes/ })
  t.doesNotThrow(() => assertAcceptable('ä'.repeat(512)))
  t.throws(() => assertAcceptable('ä'.repeat(513)), { code: 'WEAK_PASSWORD', message: /1024 bytes/ })
  t.throws(() => assertAcceptable('a\u0308'.repeat(513)), { code: 'WEAK_PASSWORD' }, 'as it is hashed')
})

t.test('never more hashes at once than allowed, whatever asks for them', async (t) => {
  for (const concurrency of [1, 2, 3]) {
    const { hash, verify } = passwords({ concurrency, maxQueue: 100 })
    const known = await hash('password')
    await verify(null, 'password')
    const workers = watchHashWorkers()
    await Promise.all(
      Array.from(
        { length: 30 },
        (_, i) => [hash('password'), verify(known, 'password'), verify(null, 'x')][i % 3],
      ).concat(Array.from({ length: 10 }, () => verify(known, 'wrong'))),
    )
    workers.stop()
    t.equal(workers.most, concurrency, `${concurrency} at once`)
  }
})

t.test('beyond the queue it says so at once, and goes on after', async (t) => {
  for (const [maxQueue, served] of [
    [2, 3],
    [0, 1],
  ] as const) {
    const { hash } = passwords({ concurrency: 1, maxQueue })
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => hash('password')))
    const refused = results.filter((result) => result.status === 'rejected')
    t.equal(results.length - refused.length, served, `maxQueue ${maxQueue}`)
    for (const { reason } of refused) t.match(reason, { code: 'UNAVAILABLE', statusCode: 503 })
    t.match(await hash('password'), /^\$argon2id/)
  }
})

t.test('an unknown user waits in the same queue as everybody', async (t) => {
  const { verify } = passwords({ concurrency: 1, maxQueue: 1 })
  await verify(null, 'password')
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => verify(null, 'password')))
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 2)
})

t.test('who hangs up leaves the queue, and makes room', async (t) => {
  const { hash, verify } = passwords({ concurrency: 1, maxQueue: 2 })
  await verify(null, 'password')
  const workers = watchHashWorkers()
  t.teardown(workers.stop)
  const gone = new AbortController()
  const first = hash('password')
  const waiting = [hash('password', gone.signal), hash('password', gone.signal)]
  await t.rejects(hash('password'), { code: 'UNAVAILABLE' }, 'full')
  gone.abort(new Error('closed'))
  for (const result of await Promise.allSettled(waiting)) t.match(result, { reason: { message: 'closed' } })
  const others = [hash('password'), hash('password')]
  await t.rejects(hash('password', gone.signal), { message: 'closed' }, 'gone before it came')
  await Promise.all([first, ...others])
  t.equal(workers.started, 3, 'nothing was computed for who had gone')
})

t.test('who hangs up while it is computed frees no place', async (t) => {
  const { hash, verify } = passwords({ concurrency: 1, maxQueue: 100, memoryKiB: 16_384 })
  await verify(null, 'password')
  const workers = watchHashWorkers()
  t.teardown(workers.stop)
  const results = []
  for (let i = 0; i < 6; i++) {
    const client = new AbortController()
    results.push(hash('password', client.signal))
    if (i % 2 === 0) setImmediate(() => client.abort())
  }
  await Promise.allSettled(results)
  await hash('password')
  t.equal(workers.most, 1)
})

t.test('what should be replaced at login', async (t) => {
  const { hash, needsRehash } = passwords({ memoryKiB: 2048, iterations: 2, parallelism: 1 })
  const current = await hash('password')
  t.equal(needsRehash(current), false)
  for (const [name, other] of Object.entries({
    memory: current.replace('m=2048', 'm=1024'),
    'more memory': current.replace('m=2048', 'm=4096'),
    passes: current.replace('t=2', 't=3'),
    lanes: current.replace('p=1', 'p=2'),
    argon2i: current.replace('argon2id', 'argon2i'),
    argon2d: current.replace('argon2id', 'argon2d'),
    bcrypt: '$2b$04$hyBYmFLDgjUync9V8q0Xk.RBXLR/BX94O/OX8g7Nct.WL2Mihjhwe',
    rubbish: 'rubbish',
    nothing: '',
  }))
    t.equal(needsRehash(other), true, name)
})

t.test('a letter and a digit, where that is asked for', (t) => {
  const policy = { ...POLICY, requireLetterAndDigit: true }
  const { assertAcceptable } = createPasswords({ hash: CHEAP, password: policy, email: EMAIL })
  for (const text of ['letters only', '1234 5678 90', '!!!!!!!!!!', '👍🏽👍🏽👍🏽👍🏽9999'])
    t.throws(() => assertAcceptable(text), { code: 'WEAK_PASSWORD', message: /letter and one digit/ }, text)
  for (const text of ['letters and 1', 'пароль и 7 раз', '密码密码密码密码٣'])
    t.doesNotThrow(() => assertAcceptable(text), text)
  t.end()
})
