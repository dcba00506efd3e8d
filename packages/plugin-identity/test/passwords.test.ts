import argon2 from 'argon2'
import t from 'tap'
import { createPasswords, isSupportedHash } from '../src/passwords.js'

const CHEAP = { memoryKiB: 1024, iterations: 1, parallelism: 1 }
const POLICY = { minLength: 8, maxLength: 256 }

function passwords(hash: Partial<Parameters<typeof createPasswords>[0]['hash']> = {}) {
  return createPasswords({ hash: { ...CHEAP, ...hash }, password: POLICY })
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

t.test('what is no hash of ours verifies nothing, and throws nothing', async (t) => {
  const { verify } = passwords()
  const good = await argon2.hash('password', { type: argon2.argon2id, memoryCost: 1024, timeCost: 1, parallelism: 1 })
  t.equal(await verify(good, 'password'), true)
  const bad = [
    null,
    '',
    'password',
    '$2b$10$CwTycUXWue0Thq9StjUM0uJ8m1rXl1pYq0Q7gVw1Z5c3k1p2o3q4r',
    good.replace('argon2id', 'argon2i'),
    good.replace('argon2id', 'argon2d'),
    good.replace('v=19', 'v=16'),
    good.replace('m=1024', 'm=99999999'),
    good.replace('m=1024', 'm=1048577'),
    good.replace('m=1024', 'm=0'),
    good.replace('t=1', 't=11'),
    good.replace('t=1', 't=0'),
    good.replace('p=1', 'p=9'),
    good.replace('m=1024,t=1,p=1', 'm=8,t=1,p=8'),
    good.slice(0, 40),
    `${good}\n`,
    `${good}$x`,
    ` ${good}`,
  ]
  for (const hash of bad) {
    t.equal(await verify(hash, 'password'), false, String(hash))
    if (hash !== null) t.equal(isSupportedHash(hash), false)
  }
  for (const password of ['pass\u0000word', 'password\ud800']) t.equal(await verify(good, password), false)
})

t.test('what may become a password', async (t) => {
  const { assertAcceptable } = passwords()
  const refused = ['', '1234567', '🦀'.repeat(7), 'x'.repeat(257), '🦀'.repeat(257), 'a\u0000bcdefgh', 'abcdefgh\ud800']
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
