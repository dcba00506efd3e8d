/**
 * The atomic steps that Redis has no command for. Redis runs a script whole or not at all, so nobody sees a half; each
 * writes one key, which makes them fit for Cluster. Values are JSON text; the TTL is in milliseconds, '' for none.
 */
export const scripts = {
  /** KEYS: the counter. ARGV: how much to add, TTL of a new one. The new value as text: ioredis rounds integers near 2^53. */
  kvIncrement: {
    numberOfKeys: 1,
    lua: `
      local current = redis.call('GET', KEYS[1])
      if current and not string.match(current, '^-?%d+$') then return redis.error_reply('NOTINTEGER') end
      local sum = tonumber(current or '0') + tonumber(ARGV[1])
      if sum > 9007199254740991 or sum < -9007199254740991 then return redis.error_reply('TOOLARGE') end
      if current or ARGV[2] == '' then redis.call('INCRBY', KEYS[1], ARGV[1])
      else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
      return redis.call('GET', KEYS[1])`,
  },
  /** KEYS: the entry. ARGV: expected value, next value ('' absent, '' to delete), TTL. 1 when it did. */
  kvCompareAndSet: {
    numberOfKeys: 1,
    lua: `
      if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
      if ARGV[2] == '' then redis.call('DEL', KEYS[1])
      elseif ARGV[3] == '' then redis.call('SET', KEYS[1], ARGV[2])
      else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
      return 1`,
  },
} as const
