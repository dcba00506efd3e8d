import { BlockList, isIP } from 'node:net'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

/** Whether a host name or address leads to the machine that uses it (RFC 6761 section 6.3). */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '')
  const family = isIP(address)
  if (family === 0) return /^(?:.+\.)?localhost\.?$/i.test(address)
  return LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4')
}
