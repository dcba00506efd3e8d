import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'
import type { Teardown } from './server-process.js'

/** A network that fails on request, between a client and a server on this machine. */
export interface TcpProxy {
  port: number
  /** Closes every connection and refuses new ones. */
  refuse(): void
  /** Keeps connections open and carries nothing, in either direction, until `carry`. */
  hold(): void
  /** Carries everything again, also what was held back. */
  carry(): void
  /**
   * Carries the next request that matches, lets the server do it, and cuts the connection instead of the answer.
   * Resolves once that has happened.
   */
  loseAnswerTo(request: RegExp): Promise<void>
  /** Cuts the connection instead of carrying the next request that matches. Resolves once that has happened. */
  lose(request: RegExp): Promise<void>
  /** Connections that are open now. */
  open(): number
  /** Connections that there have been. */
  accepted(): number
}

export async function startProxy(t: Teardown, target: number): Promise<TcpProxy> {
  const pairs = new Set<[client: Socket, server: Socket]>()
  let mode: 'carry' | 'hold' | 'refuse' = 'carry'
  let accepted = 0
  let losing: { request: RegExp; isCarried: boolean; lost: () => void } | undefined

  const proxy = createServer((client) => {
    accepted++
    if (mode === 'refuse') return void client.destroy()
    const server = dial(target, '127.0.0.1')
    const pair: [Socket, Socket] = [client, server]
    pairs.add(pair)
    let cutting: (() => void) | undefined
    client.on('data', (chunk) => {
      if (losing?.request.test(chunk.toString('latin1'))) {
        const { isCarried, lost } = losing
        losing = undefined
        if (!isCarried) {
          end()
          return lost()
        }
        cutting = lost
      }
      server.write(chunk)
    })
    server.on('data', (chunk) => {
      if (cutting === undefined) return void client.write(chunk)
      end()
      cutting()
    })
    const end = () => {
      pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    for (const socket of pair) {
      socket.on('error', end)
      socket.on('close', end)
    }
    if (mode === 'hold') for (const socket of pair) socket.pause()
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const endAll = () => {
    for (const [client, server] of pairs) {
      client.destroy()
      server.destroy()
    }
  }
  t.teardown(() => {
    proxy.close()
    endAll()
  })

  const loseNext = (request: RegExp, isCarried: boolean) =>
    new Promise<void>((lost) => {
      losing = { request, isCarried, lost }
    })

  return {
    port: (proxy.address() as AddressInfo).port,
    refuse() {
      mode = 'refuse'
      endAll()
    },
    hold() {
      mode = 'hold'
      for (const pair of pairs) for (const socket of pair) socket.pause()
    },
    carry() {
      mode = 'carry'
      for (const pair of pairs) for (const socket of pair) socket.resume()
    },
    loseAnswerTo: (request) => loseNext(request, true),
    lose: (request) => loseNext(request, false),
    open: () => pairs.size,
    accepted: () => accepted,
  }
}
