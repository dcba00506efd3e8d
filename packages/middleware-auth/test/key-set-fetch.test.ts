import { once } from 'node:events'
import { createBrotliCompress, createDeflate, createGzip } from 'node:zlib'
import t from 'tap'
import { createKeySetFetch } from '../src/key-set-fetch.js'
import { type Respond, startProvider } from './provider.js'

const CAP = 256 * 1024

/** Fetches once, and hands over what the check was given. */
async function fetched(url: string, signal = AbortSignal.timeout(5000)): Promise<unknown> {
  const seen: unknown[] = []
  const check = (set: unknown) => {
    seen.push(set)
    return { checked: true }
  }
  const fetch = createKeySetFetch(check, new AbortController().signal)
  const response = await fetch(url, { headers: new Headers(), method: 'GET', redirect: 'manual', signal })
  const body: unknown = await response.json()
  return { body, seen }
}

const padded = (size: number) => `{"keys":[]}${' '.repeat(size - 11)}`

t.test('what the check returns is what is read', async (t) => {
  const provider = await startProvider([{ kty: 'x' }])
  t.teardown(() => provider.stop())
  t.strictSame(await fetched(provider.jwksUri), { body: { checked: true }, seen: [{ keys: [{ kty: 'x' }] }] })
})

t.test('256 KiB and not one more', async (t) => {
  const provider = await startProvider((response) => void response.end(padded(CAP)))
  t.teardown(() => provider.stop())
  t.match(await fetched(provider.jwksUri), { body: { checked: true } })
  provider.answer((response) => void response.end(padded(CAP + 1)))
  await t.rejects(fetched(provider.jwksUri), { message: /more than 256 KiB/ })
})

t.test('an answer without end is left after 256 KiB', async (t) => {
  let written = 0
  let closed: Promise<unknown> | undefined
  const endless: Respond = (response) => {
    closed = once(response, 'close')
    const chunk = Buffer.alloc(16_384, ' ')
    const write = () => {
      while (!response.destroyed && written < 200_000_000) {
        written += chunk.length
        if (!response.write(chunk)) return void response.once('drain', write)
      }
    }
    write()
  }
  const provider = await startProvider(endless)
  t.teardown(() => provider.stop())
  await t.rejects(fetched(provider.jwksUri), { message: /more than 256 KiB/ })
  await closed
  t.ok(written < 20_000_000, `${written} bytes left the server, its socket's buffer included`)
})

for (const [encoding, compressor] of Object.entries({
  gzip: createGzip,
  deflate: createDeflate,
  br: createBrotliCompress,
})) {
  t.test(`the cap counts what ${encoding} grows to`, async (t) => {
    let expanded = 0
    const bomb: Respond = (response) => {
      const stream = compressor()
      response.writeHead(200, { 'content-encoding': encoding })
      stream.pipe(response)
      response.on('close', () => stream.destroy())
      const chunk = Buffer.alloc(1_000_000, ' ')
      const write = () => {
        while (!stream.destroyed && expanded < 2_000_000_000) {
          expanded += chunk.length
          if (!stream.write(chunk)) return void stream.once('drain', write)
        }
        stream.end()
      }
      stream.on('error', () => {})
      write()
    }
    const provider = await startProvider(bomb)
    t.teardown(() => provider.stop())
    await t.rejects(fetched(provider.jwksUri), { message: /more than 256 KiB/ })
    t.ok(expanded < 2_000_000_000, 'the server had not come to its end')
  })
}

t.test('the time is for all of it, the body included', async (t) => {
  const provider = await startProvider((response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write(' '), 10)
    response.on('close', () => clearInterval(timer))
  })
  t.teardown(() => provider.stop())
  await t.rejects(fetched(provider.jwksUri, AbortSignal.timeout(150)), { name: 'TimeoutError' })
})

t.test('a redirect is an answer that is refused, not a way to go', async (t) => {
  const provider = await startProvider((response) => void response.writeHead(302, { location: '/other' }).end())
  t.teardown(() => provider.stop())
  await t.rejects(fetched(provider.jwksUri), { message: /answered 302/ })
  t.equal(provider.requests, 1)
})
