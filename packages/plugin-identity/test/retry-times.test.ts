import t from 'tap'
import { createRetryTimes } from '../src/retry-times.js'

t.test('longer and longer, a quarter of an hour at most, and one by one', (t) => {
  const clock = t.intercept(Date, 'now', { value: () => now })
  t.teardown(() => clock.restore())
  let now = 1_000_000
  const times = createRetryTimes()
  t.equal(times.isEarly('a'), false, 'never tried')
  for (const longest of [30, 60, 120, 240, 480, 900, 900].map((seconds) => seconds * 1000)) {
    times.failed('a')
    now += longest / 2 - 1
    t.equal(times.isEarly('a'), true)
    t.equal(times.isEarly('b'), false)
    now += longest / 2 + 1
    t.equal(times.isEarly('a'), false)
  }
  times.failed('a')
  times.settled('a')
  t.equal(times.isEarly('a'), false)
  t.end()
})
