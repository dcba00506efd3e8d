import type { FetchImplementation } from 'jose'

/** Key sets are a few KiB; reading stops here, also where less was announced or a compressed answer grows. */
const MAX_BYTES = 256 * 1024
const UTF8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Makes the `fetch` that reads a key set: no redirects, at most 256 KiB after decompression, and only what `check` returns
 * of it. Both signals, the one of the caller and `closing`, end the reading of the body too.
 */
export function createKeySetFetch(check: (set: unknown) => object, closing: AbortSignal): FetchImplementation {
  return async (url, options) => {
    const signal = AbortSignal.any([options.signal, closing])
    const response = await fetch(url, { ...options, redirect: 'manual', signal })
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new Error(`it answered ${response.status}, not 200`)
    }
    return Response.json(check(parse(await read(response))))
  }
}

async function read({ body }: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > MAX_BYTES) throw new Error(`it answered more than ${MAX_BYTES / 1024} KiB`) // leaving the loop hangs up
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(UTF8.decode(bytes))
  } catch (cause) {
    throw new Error('it did not answer JSON', { cause })
  }
}
