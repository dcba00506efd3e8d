import { BlockList, isIPv6 } from 'node:net'

/** Names that Fastify's `trustProxy` knows beside addresses. */
const NAMED: readonly string[] = ['loopback', 'linklocal', 'uniquelocal']

/** Whether a text is an address, an address with a prefix length (RFC 4632), or one of the named ranges. */
export function isIpRange(text: string): boolean {
  if (NAMED.includes(text)) return true
  const [, address = '', prefix] = /^([\da-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  if (Number(prefix) === 0) return false // everybody, which Fastify refuses too
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  try {
    if (prefix === undefined) new BlockList().addAddress(address, family)
    else new BlockList().addSubnet(address, Number(prefix), family)
    return true
  } catch {
    return false // node:net has said that it is none
  }
}
