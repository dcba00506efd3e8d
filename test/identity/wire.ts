import { connect } from 'node:net'

export interface WireAnswer {
  status: number
  text: string
}

/** One request as it is, past every client that would tidy up its path or its header fields. */
export function onTheWire(
  port: number,
  method: string,
  path: string,
  headers: readonly string[] = [],
  body = '',
): Promise<WireAnswer> {
  const length = body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]
  const fields = ['Host: 127.0.0.1', 'Connection: close', ...length, ...headers]
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', reject).on('end', () => resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text }))
    socket.write(`${method} ${path} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n${body}`)
  })
}
