import t from 'tap'
import { createBlocklist } from '../src/blocklist.js'
import { createPasswords } from '../src/passwords.js'

const blocklist = createBlocklist({ minLength: 8, appName: 'Grüne Küche' })
const EMAIL = 'jane.doe99@mail.example.co.uk'

t.test('common passwords, whatever their case and spaces', (t) => {
  for (const password of ['password', 'PASSWORD', 'Password1', 'qwertyuiop', '12345678', 'pass word', 'iloveyou1'])
    t.match(blocklist.refusal(password, {}), /most common/, password)
  for (const password of ['correct horse battery', 'password of a poet', 'Tr0ub4dor&3', '        ', '密码密码密码密码'])
    t.equal(blocklist.refusal(password, {}), null, password)
  t.end()
})

t.test('the own address, its parts and the name of the app, decorated or not', (t) => {
  const own = [
    ...['jane.doe99@mail.example.co.uk', 'Jane.Doe99', 'JANE.DOE99!', 'mail.example.co', 'example1', '2024-Example!'],
    ...['Grüne Küche', 'grüneküche', 'GRÜNE KÜCHE 1', 'gru\u0308ne ku\u0308che', '!!Grüne Küche!!', 'example example?'],
  ]
  for (const password of own.slice(0, -1))
    t.match(blocklist.refusal(password, { email: EMAIL }), /own address/, password)
  for (const password of ['example example?', 'jane.doe99 in the woods', 'exemplary42', 'co-12345678', 'uk123456'])
    t.equal(blocklist.refusal(password, { email: EMAIL }), null, password)
  t.equal(blocklist.refusal('jane.doe99', {}), null, 'who it is was not said')
  t.match(blocklist.refusal('GRÜNE KÜCHE 1', {}), /name of this app/)
  t.end()
})

t.test('addresses of all kinds', (t) => {
  for (const email of ['admin@local', 'a@b.de', '1234@567.de', '@', '', 'noat', 'x'.repeat(300)]) {
    t.equal(blocklist.refusal('correct horse battery', { email }), null, email.slice(0, 20))
  }
  t.equal(blocklist.refusal('8812349021', { email: '1234@567.de' }), null, 'a number in a number is no word')
  t.match(blocklist.refusal('admin@local', { email: 'admin@local' }), /own address/)
  t.match(blocklist.refusal('!!admin!!', { email: 'admin@local' }), /own address/)
  t.end()
})

t.test('is asked when a password is set, as it is hashed, and never at login', async (t) => {
  const passwords = (blocklist: boolean) =>
    createPasswords({
      hash: { memoryKiB: 1024, iterations: 1, parallelism: 1 },
      password: { minLength: 8, maxLength: 256, blocklist, requireLetterAndDigit: false },
      email: { appName: 'JSONExpress' },
    })
  const { assertAcceptable, hash, verify } = passwords(true)
  t.throws(() => assertAcceptable('password1'), { code: 'WEAK_PASSWORD', statusCode: 400 })
  t.throws(() => assertAcceptable('jsonexpress1'), { code: 'WEAK_PASSWORD' })
  t.throws(() => assertAcceptable('someone1', { email: 'someone@example.com' }), { code: 'WEAK_PASSWORD' })
  t.doesNotThrow(() => assertAcceptable('someone1'))
  t.equal(await verify(await hash('password1'), 'password1'), true)
  t.doesNotThrow(() => passwords(false).assertAcceptable('password1', { email: 'password@example.com' }))
})
