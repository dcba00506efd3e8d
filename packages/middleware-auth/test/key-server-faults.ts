import { gzipSync } from 'node:zlib'
import { rsa } from './external-app.js'
import { json, jwkOf, keyPair, type Respond } from './provider.js'

const good = jwkOf(rsa)
const raw =
  (body: string | Buffer, headers: Record<string, string> = {}): Respond =>
  (response) =>
    void response.writeHead(200, headers).end(body)
const status =
  (code: number, headers: Record<string, string> = {}): Respond =>
  (response) =>
    void response.writeHead(code, headers).end(JSON.stringify({ keys: [good] }))

/** Answers of a key server that must not be taken, and must not harm. */
export const faults: Record<string, Respond> = {
  ...Object.fromEntries([201, 204, 304, 401, 404, 500, 503].map((code) => [`status ${code}`, status(code)])),
  ...Object.fromEntries(
    [301, 302, 303, 307, 308].map((code): [string, Respond] => [
      `redirect ${code} to a good set`,
      (response, request) =>
        request.url === '/jwks'
          ? void response.writeHead(code, { location: '/elsewhere' }).end()
          : json({ keys: [good] })(response, request),
    ]),
  ),
  HTML: raw('<!doctype html><title>Sign in</title>', { 'content-type': 'text/html' }),
  nothing: raw(''),
  'half of it': raw(JSON.stringify({ keys: [good] }).slice(0, -20)),
  'invalid UTF-8': raw(Buffer.concat([Buffer.from('{"keys":[],"x":"'), Buffer.of(0xff), Buffer.from('"}')])),
  'an empty set': json({ keys: [] }),
  'an empty list': json([]),
  'no set': json({ error: 'server_error' }),
  null: json(null),
  'only keys for encryption': json({ keys: [{ ...good, use: 'enc' }] }),
  'only a symmetric key': json({ keys: [{ kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' }] }),
  'only a private key': json({ keys: [keyPair().privateKey.export({ format: 'jwk' })] }),
  'only a key with exponent 1': json({ keys: [{ ...good, e: 'AQ' }] }),
  'two keys of one kid': json({ keys: [good, jwkOf(keyPair('RS256', rsa.kid))] }),
  '10,000 keys': json({ keys: Array.from({ length: 10_000 }, (_, kid) => ({ ...good, kid: `${kid}` })) }),
  '10,000 empty keys': json({ keys: Array(10_000).fill({}) }),
  'nesting without end': raw('['.repeat(200_000)),
  'a body that is cut off': (response) => {
    response.writeHead(200, { 'content-length': '5000' })
    response.write('{"keys":[', () => response.destroy())
  },
  'a connection that is cut off': (response) => void response.destroy(),
  'no answer at all': () => {},
  'headers and no body': (response) => response.writeHead(200, { 'content-length': '500' }).flushHeaders(),
  'a drip': (response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(timer))
  },
  'what is not gzip': raw('{"keys":[]}', { 'content-encoding': 'gzip' }),
  'a gzip bomb': raw(gzipSync(Buffer.alloc(50_000_000, ' ')), { 'content-encoding': 'gzip' }),
}
