import t from 'tap'
import { readRedisTarget } from '../src/index.js'

const read = (url: string, options: object = {}) => readRedisTarget('jex.x', url, options)

t.test('what a URL says is what ioredis is given', async (t) => {
  t.strictSame(read('redis://ann:p%40ss@redis.internal:6380/3?family=6'), {
    setting: 'jex.x.url',
    where: 'at redis.internal:6380',
    options: {
      ...{ host: 'redis.internal', port: 6380, db: 3, username: 'ann', password: 'p@ss', family: 6 },
      enableTLSForSentinelMode: false,
    },
  })
  t.match(read('redis://[::1]').options, { host: '::1', port: 6379, db: 0 })
  t.match(read('redis://host', { db: 2, connectionName: 'app' }).options, { db: 2, connectionName: 'app' })
})

t.test('rediss:// and tls in the options mean TLS for every connection, whatever else the options say', async (t) => {
  for (const options of [{}, { tls: false }, { enableTLSForSentinelMode: false }]) {
    t.match(read('rediss://host', options).options, { tls: {}, enableTLSForSentinelMode: true })
  }
  t.match(read('redis://host', { tls: { ca: 'x' } }).options, { tls: { ca: 'x' }, enableTLSForSentinelMode: true })
})

t.test('sentinels are what is tried', async (t) => {
  const { setting, where } = read('redis://unused', {
    sentinels: [{ host: 'a' }, { host: 'b', port: 1 }],
    name: 'main',
  })
  t.equal(setting, 'jex.x.options')
  t.equal(where, 'main through the sentinels a:26379, b:1')
})

t.test('what cannot be used is one line that names the setting, and shows no password', async (t) => {
  for (const [url, options, message] of [
    ['redis://:secret-word@:6379', {}, /^jex\.x\.url cannot be used/],
    ['redis://:secret-word%zz@host', {}, /^jex\.x\.url cannot be used/],
    ['redis://', {}, /^jex\.x\.url cannot be used/],
    ['redis://host#secret-word', {}, /^jex\.x\.url cannot be used/],
    ['redis://:secret-word@host/abc', {}, /^jex\.x\.url: .*number of a database/],
    ['redis://host/-1', {}, /^jex\.x\.url: .*number of a database/],
    ['redis://host?keyPrefix=secret-word', {}, /^jex\.x\.url: takes no \?keyPrefix/],
    ['redis://host?commandTimeout=abc', {}, /^jex\.x\.url: takes no \?commandTimeout/],
    ['redis://host?family=5', {}, /^jex\.x\.url: family/],
    ['redis://host', { db: 'x' }, /^jex\.x\.options: "db"/],
    ['redis://host', { keyPrefix: 'x:' }, /^jex\.x\.options: keyPrefix is set by jex\.x\.prefix/],
    ['redis://host', { sentinels: [] }, /^jex\.x\.options: "sentinels" is a list/],
    ['redis://host', { sentinels: 'a:1', name: 'm' }, /^jex\.x\.options: "sentinels" is a list/],
    ['redis://host', { sentinels: [{ host: 'a', port: 'x' }], name: 'm' }, /^jex\.x\.options: "sentinels" is a list/],
    ['redis://host', { sentinels: [{ host: 'a' }] }, /^jex\.x\.options: "sentinels" needs the "name"/],
    ['redis://host', { nodes: [{}] }, /^jex\.x\.options: "nodes" is a list/],
  ] as const) {
    const failure = t.throws(() => read(url, options), { name: 'BootError', message }, url) as Error
    t.notMatch(`${failure.message}${failure.cause}`, /secret-word|\n/)
  }
})
