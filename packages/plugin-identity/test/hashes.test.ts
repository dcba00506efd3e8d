import { readFileSync } from 'node:fs'
import bcrypt from '@node-rs/bcrypt'
import t from 'tap'
import { hashFormat, isSupportedHash } from '../src/hashes/read-hash.js'
import { createPasswords } from '../src/passwords.js'
import { watchHashWorkers } from './hash-workers.js'

interface Vector {
  format: string
  password: string
  hash: string
  match: boolean
}

const VECTORS = new URL('./vectors/kratos_hash_compare.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(VECTORS, 'utf8')) as { vectors: Vector[] }

const VERIFIED = /^(2a|argon2id|argon2i|pbkdf2-sha(256|512)|scrypt|firescrypt)$/
const HASH = { memoryKiB: 1024, iterations: 1, parallelism: 1, concurrency: 2, maxQueue: 1000 }

const passwords = createPasswords({
  hash: HASH,
  password: { minLength: 8, maxLength: 256, blocklist: true, requireLetterAndDigit: false },
  email: { appName: 'JSONExpress' },
})
const { verify } = passwords

t.test('every vector of another product: verified as labelled, or refused with a word', async (t) => {
  await verify(null, 'password') // the stand-in hash is made by now
  const workers = watchHashWorkers()
  t.teardown(workers.stop)
  for (const { format, password, hash, match } of vectors) {
    const verified = VERIFIED.test(format)
    const before = workers.started
    t.equal(await verify(hash, password), match && verified, `${format} ${hash.slice(0, 60)} ${password}`)
    t.equal(workers.started - before, 1, 'one hash')
    const known = hashFormat(hash)
    if (verified && match) t.equal(isSupportedHash(hash), true)
    if (!verified)
      t.match(known, { refused: /^[a-z0-9 -]+: (too weak to keep|not verified here|not a well-formed hash)/ })
    t.notMatch(JSON.stringify(known), hash.slice(-12), 'says nothing of the hash itself')
  }
  t.equal(vectors.filter(({ format, match }) => match && VERIFIED.test(format)).length, 9)
})

const NAMES = {
  '$md5$CY9rzUYh03PK3k6DJie09g==': /^md5: too weak/,
  '098f6bcd4621d373cade4e832627b4f6': /^md5: too weak/,
  a94a8fe5ccb19ba61c4c0873d391e987982fbbd3: /^sha1: too weak/,
  '{SSHA}JFZFs0oHzxbMwkSJmYVeI8MnTDy/276a': /^ssha: too weak/,
  '$1$abc$SN6/pUaRQS/E8Jh46As2C/': /^md5-crypt: too weak/,
  '$6$abc$SN6/pUaRQS/E8Jh46As2C/': /^sha512-crypt: not verified/,
  '$P$BIRXVj/ZG0YRiBH8gnRy0x72o3L7mF0': /^phpass: not verified/,
  hunter2: /^unknown format: not verified/,
  '$pbkdf2-sha384$i=1000,l=48$c29tZXNhbHRzYWx0$c29tZXNhbHRzYWx0c29tZQ': /^pbkdf2-sha384: not verified/,
  '$pbkdf2-sha224$1000$c29tZXNhbHRzYWx0$c29tZXNhbHRzYWx0c29tZQ': /^pbkdf2-sha224: not verified/,
  pbkdf2_sha384$1000$salt$c29tZXNhbHRzYWx0c29tZQ: /^pbkdf2-sha384: not verified/,
  bcrypt_sha256$$2b$12$abcdefghijklmnopqrstuum174eFeoTj0DHmtuueFaS3Wde4P7wHG: /^bcrypt_sha256: not verified/,
  '': /^unknown format: not verified/,
  $2x$10$CwTycUXWue0Thq9StjUM0uJ8m1rXl1pYq0Q7gVw1Z5c3k1p2o3q4u: /^bcrypt: \$2x\$/,
  $2b$16$CwTycUXWue0Thq9StjUM0uJ8m1rXl1pYq0Q7gVw1Z5c3k1p2o3q4u: /^bcrypt: costs 4 to 15/,
  $2b$03$CwTycUXWue0Thq9StjUM0uJ8m1rXl1pYq0Q7gVw1Z5c3k1p2o3q4u: /^bcrypt: costs 4 to 15/,
  $2b$10$CwTycUXWue0Thq9StjUM0uJ8m1rXl1pYq0Q7gVw1Z5c3k1p2o3q4v: /^bcrypt: not a well-formed/,
  $2b$10$short: /^bcrypt: not a well-formed/,
  '$argon2id$v=16$m=1024,t=1,p=1$c29tZXNhbHRzYWx0$c29tZXNhbHRzYWx0c29tZQ': /^argon2id: only version 19/,
  '$argon2i$v=19$m=2097152,t=1,p=1$c29tZXNhbHRzYWx0$c29tZXNhbHRzYWx0c29tZQ': /^argon2i: takes more/,
}

t.test('what is refused is refused by name', (t) => {
  for (const [hash, refused] of Object.entries(NAMES)) t.match(hashFormat(hash), { refused }, hash)
  t.match(hashFormat('x'.repeat(10_000_000)), { refused: /at most 1024/ })
  t.end()
})

const SALT = 'c29tZXNhbHRzYWx0'
const BYTES = 'A'.repeat(43)

t.test('parameters are bounded before anything is computed', (t) => {
  const scrypt = (parameters: string) => `$scrypt$${parameters}$${SALT}$${BYTES}`
  const pbkdf2 = (parameters: string) => `$pbkdf2-sha256$${parameters}$${SALT}$${BYTES}`
  const allowed = [
    ...['ln=10,r=8,p=1', 'ln=17,r=8,p=1', 'ln=131072,r=8,p=2', 'ln=18,r=8,p=1', 'ln=14,r=8,p=16'].map(scrypt),
    ...['1', '5000000', 'i=5000000,l=32'].map(pbkdf2),
    `pbkdf2_sha1$5000000$salt$${'A'.repeat(26)}8=`,
  ]
  for (const hash of allowed) t.equal(isSupportedHash(hash), true, hash)
  const refused = [
    ...['ln=9,r=8,p=1', 'ln=19,r=8,p=1', 'ln=18,r=8,p=2', 'ln=14,r=8,p=17', 'ln=14,r=0,p=1', 'ln=14,r=8,p=0'],
    ...[
      'ln=16385,r=8,p=1',
      'ln=14,r=999,p=999',
      'ln=999999999,r=8,p=1',
      'ln=-1,r=8,p=1',
      'ln=1e3,r=8,p=1',
      'r=8,p=1,ln=14',
    ],
  ].map(scrypt)
  refused.push(...['0', '5000001', '999999999', 'i=5000001,l=32', 'i=1000,l=31', 'i=0,l=32', 'i=-1,l=32'].map(pbkdf2))
  refused.push(
    `$pbkdf2-sha1$3000000$${SALT}$${BYTES}`,
    `$pbkdf2-sha256$1000$${SALT}$AAAA`,
    `$pbkdf2-md5$1000$${SALT}$${BYTES}`,
  )
  refused.push(`$pbkdf2-sha256$1000$$${BYTES}`, `$pbkdf2-sha256$1000$${'A'.repeat(400)}$${BYTES}`, `${allowed[0]}\n`)
  refused.push(`$scrypt$ln=14,r=8,p=1$${SALT}$AAAA`, `$scrypt$ln=14,r=8,p=1$${SALT}$${BYTES}$x`)
  for (const hash of refused) t.equal(isSupportedHash(hash), false, hash)
  t.end()
})

t.test('what other systems have written', async (t) => {
  const written = {
    // passlib 1.7.4
    '$pbkdf2-sha256$1000$.p9zLoUwxljLmRMCYKx1Dg$mgOAChp1jK0zd3fYjzzH6joELiLCZgqvV/H3TzjA.Ek': 'pbkdf2-sha256',
    '$pbkdf2-sha512$1000$E8K4V8pZy7mXktK6V2qN0Q$Hv65cWN2mQvswDj9iHzcYjgDqc/sJJ8i/NQKOwOoshycLPs1sEv/TBmQh/QO0O7LUyamXTpdQloqsabUPALbtA':
      'pbkdf2-sha512',
    '$pbkdf2$1000$TSnF.D.H0JqzVqpVynkPIQ$xyZcEMAVL4tUQ1G24P2Ab0EDiHY': 'pbkdf2-sha1',
    '$scrypt$ln=10,r=8,p=1$rbW2lpJy7j2HcI5RSiml9A$YVzNJymwvGZxbhn4z7mk00OaxNAfBrcyMzUGhymVJ8s': 'scrypt',
    // Django 5.2
    'pbkdf2_sha256$1000$6KOQfAxvsw8eDAyFaDq1VW$5cM85eN8YSkMwyhU2Q1T7eSgJuNHhoCBWl78UN3CXdA=': 'pbkdf2-sha256',
    'pbkdf2_sha1$1000$pmvd18dews0NCIX2mza1k8$TmYMIbHezC7h1QUzigygcJtNZfo=': 'pbkdf2-sha1',
    // bcrypt 5.0 of Python, and libxcrypt
    '$2b$04$fQG4RO4jcd4cAtnaS1c3qOF.rlyU3C2.as54cFZd7mCLWrALnuKZ6': 'bcrypt',
    '$2a$04$J4Y43263Y/2AfWoJQz3GG.aenRSdQLtWOadchmzGjGLmGo0UBJft.': 'bcrypt',
    $2y$04$abcdefghijklmnopqrstuum174eFeoTj0DHmtuueFaS3Wde4P7wHG: 'bcrypt',
    // argon2-cffi 25
    '$argon2i$v=19$m=1024,t=2,p=2$O1G1anEz6W2FeJT1WVrDXg$W7a9etunwZnOaIv4+f00QMUG0U+GUysqJ1YAs2EaFRY': 'argon2i',
    '$argon2d$v=19$m=1024,t=2,p=2$ihaTmxxnqXllefUTQ4fFng$wLeSiv5E2LOmxz2JC4Ed7GdxeqWj7g4Gb1FlIyfbs+M': 'argon2d',
    '$argon2id$v=19$m=1024,t=2,p=2$qiRBkhbIW+JMmudbhWrVcg$LWIOaFwH7SOHXsFEgN9lQgsRp11ZX0O9paVcqPhrp0c': 'argon2id',
  }
  for (const [hash, format] of Object.entries(written)) {
    t.same(hashFormat(hash), { name: format })
    t.equal(await verify(hash, 'pässword'), true, hash)
    t.equal(await verify(hash, 'password'), false, hash)
  }
})

t.test('bcrypt sees 72 bytes, so the full password replaces it; NUL never reaches it', async (t) => {
  const start = 'x'.repeat(72)
  for (const version of ['2a', '2b', '2y'] as const) {
    const hash = await bcrypt.hash(`${start}abc`, { cost: 4, version })
    t.equal(await verify(hash, `${start}abc`), true)
    t.equal(await verify(hash, `${start}${'z'.repeat(300)}`), true, 'all it knows')
    t.equal(await verify(hash, start.slice(1)), false)
    const own = await passwords.hash(`${start}abc`)
    t.equal(passwords.needsRehash(hash), true)
    t.equal(await verify(own, `${start}abc`), true)
    t.equal(await verify(own, `${start}abd`), false, 'after a login the 75th byte counts')
  }
  t.equal(await verify(await bcrypt.hash('secret', { cost: 4 }), 'secret\u0000other'), false)
})

t.test('imported hashes are of what was typed', async (t) => {
  const [nfc, nfd] = ['pässword'.normalize('NFC'), 'pässword'.normalize('NFD')]
  for (const made of [nfc, nfd]) {
    const hash = await bcrypt.hash(made, { cost: 4 })
    t.equal(await verify(hash, made), true)
    t.equal(await verify(hash, made === nfc ? nfd : nfc), false)
  }
})

t.test('hashes of every kind share the one queue, off the event loop', async (t) => {
  const hashes = [
    '$2b$04$fQG4RO4jcd4cAtnaS1c3qOF.rlyU3C2.as54cFZd7mCLWrALnuKZ6',
    '$scrypt$ln=10,r=8,p=1$rbW2lpJy7j2HcI5RSiml9A$YVzNJymwvGZxbhn4z7mk00OaxNAfBrcyMzUGhymVJ8s',
    '$pbkdf2$1000$TSnF.D.H0JqzVqpVynkPIQ$xyZcEMAVL4tUQ1G24P2Ab0EDiHY',
    '$argon2i$v=19$m=1024,t=2,p=2$O1G1anEz6W2FeJT1WVrDXg$W7a9etunwZnOaIv4+f00QMUG0U+GUysqJ1YAs2EaFRY',
    null,
  ]
  await verify(hashes[0] ?? null, 'loads bcrypt')
  const workers = watchHashWorkers()
  await Promise.all(Array.from({ length: 100 }, (_, i) => verify(hashes[i % hashes.length] ?? null, 'password')))
  workers.stop()
  t.equal(workers.started, 100)
  t.equal(workers.most, 2)
})
