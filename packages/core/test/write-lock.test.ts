import t from 'tap'
import { createWriteLock } from '../src/write-lock.js'

t.test('one at a time, in the order of the calls', async (t) => {
  const lock = createWriteLock(60_000)
  const order: number[] = []
  let inside = 0
  await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      lock.run(async () => {
        t.equal(++inside, 1)
        await new Promise(setImmediate)
        order.push(n)
        inside--
      }),
    ),
  )
  t.strictSame(
    order,
    Array.from({ length: 100 }, (_, n) => n),
  )
})

t.test('who comes while the lock is handed over does not jump the queue', async (t) => {
  const lock = createWriteLock(60_000)
  const order: string[] = []
  const first = lock.run(() => new Promise(setImmediate)).then(() => lock.run(() => order.push('late')))
  const second = lock.run(() => order.push('second'))
  const third = lock.run(() => order.push('third'))
  await Promise.all([first, second, third])
  t.strictSame(order, ['second', 'third', 'late'])
})

t.test('waiting is bounded, working is not', async (t) => {
  const lock = createWriteLock(20)
  let finish = () => {}
  const working = lock.run(
    () =>
      new Promise<void>((resolve) => {
        finish = resolve
      }),
  )
  const ran: string[] = []
  await t.rejects(
    lock.run(() => ran.push('impatient')),
    { name: 'UnavailableError' },
  )
  const patient = lock.run(() => ran.push('patient'), null)
  finish()
  await Promise.all([working, patient])
  t.strictSame(ran, ['patient'])
})

t.test('an error goes to its caller only', async (t) => {
  const lock = createWriteLock(60_000)
  const failed = lock.run(() => {
    throw new Error('mine')
  })
  const next = lock.run(() => 'fine')
  await t.rejects(failed, { message: 'mine' })
  t.equal(await next, 'fine')
})
