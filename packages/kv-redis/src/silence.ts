import type { Redis } from 'ioredis'
import { timedOut } from './patience.js'

/** Whether a Redis that owes an answer has given none since. */
export interface Silence {
  readonly lasts: boolean
  /** An answer did not come in time. */
  begin(): void
}

/** While a Redis is silent whoever asks is better told at once: a request asks several times. It ends with any answer. */
export function createSilence(client: Redis): Silence {
  let lasts = false

  const listen = async () => {
    while (client.status === 'ready') {
      try {
        await client.ping()
        break
      } catch (error) {
        if (!timedOut(error)) break // refused is answered
      }
    }
    lasts = false // a connection that was lost fails at once by itself
  }

  return {
    get lasts() {
      return lasts
    },
    begin() {
      if (lasts) return
      lasts = true
      void listen()
    },
  }
}
