import t from 'tap'
import { jobNames } from '../src/job-names.js'

t.test('any string becomes an id of BullMQ and back, and different ones stay different', async (t) => {
  const ids = ['0190c8a2', '42', 'a:b', 'a%3Ab', 'ü 🎉', '__proto__', '../x', ' ']
  const encoded = ids.map((id) => jobNames.job(id))
  t.equal(new Set(encoded).size, ids.length)
  for (const [index, id] of encoded.entries()) {
    t.match(id, /^id-[^:]+$/)
    t.equal(jobNames.idOf({ id }), ids[index])
  }
  for (const bad of ['', '\ud800']) t.throws(() => jobNames.job(bad), TypeError)
  t.match(jobNames.queue('a:b'), /^[^:]+$/)
})
