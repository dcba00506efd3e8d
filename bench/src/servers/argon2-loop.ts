import argon2 from 'argon2'
import { serve } from '../server-process.js'

const PASSWORD = 'correct horse battery'
const concurrency = Number(process.argv[2])
const milliseconds = Number(process.argv[3])

/** The peer of a login: nothing but the verifications, as many at once as the server allows itself. */
const hash = await argon2.hash(PASSWORD, { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 })
const end = performance.now() + milliseconds
let verified = 0
await Promise.all(
  Array.from({ length: concurrency }, async () => {
    while (performance.now() < end) {
      await argon2.verify(hash, PASSWORD)
      verified++
    }
  }),
)
serve({ perSecond: (verified * 1000) / milliseconds })
