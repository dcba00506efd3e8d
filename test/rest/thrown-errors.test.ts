import { createApp } from '@json-express/runtime'
import t from 'tap'
import { appFolder } from '../harness/app-folder.js'

const INTERNAL = { status: 500, code: 'INTERNAL' }

/** What an endpoint does, and what its client gets. */
const THROWN: Record<string, { does: string; status: number; code: string; message?: string }> = {
  coded: { does: "fail({ statusCode: 409, code: 'SOLD_OUT' })", status: 409, code: 'SOLD_OUT', message: 'secret plan' },
  busy: { does: "fail({ statusCode: 503, code: 'ASLEEP' })", status: 503, code: 'ASLEEP' },
  exposed: { does: 'fail({ statusCode: 409, expose: true })', status: 409, code: 'CONFLICT', message: 'secret plan' },
  unprocessable: { does: 'fail({ statusCode: 422, expose: true })', status: 422, code: 'UNPROCESSABLE_ENTITY' },
  limited: { does: 'fail({ statusCode: 429, expose: true })', status: 429, code: 'RATE_LIMITED' },
  stranger: {
    does: 'fail({ statusCode: 401, expose: true })',
    status: 401,
    code: 'MISSING_TOKEN',
    message: 'This needs',
  },
  fastify: {
    does: "fail({ statusCode: 406, code: 'FST_ERR_X' })",
    status: 406,
    code: 'NOT_ACCEPTABLE',
    message: 'Not Acc',
  },
  uncoded: { does: 'fail({ statusCode: 401 })', ...INTERNAL },
  undici: { does: "fail({ statusCode: 401, code: 'UND_ERR_RESPONSE_STATUS_CODE' })", ...INTERNAL },
  node: { does: "fail({ statusCode: 404, code: 'ECONNREFUSED' })", ...INTERNAL },
  stripe: { does: "fail({ statusCode: 402, code: 'card_declined' })", ...INTERNAL },
  numbered: { does: 'fail({ statusCode: 403, code: 403 })', ...INTERNAL },
  validation: { does: "fail({ statusCode: 400, validation: 'x' })", ...INTERNAL },
  invalid: { does: "fail({ code: 'FST_ERR_VALIDATION', validation: 'x' })", ...INTERNAL },
  rubbish: { does: "fail({ code: 'FST_ERR_VALIDATION', validation: [null] })", ...INTERNAL },
  fraction: { does: "fail({ statusCode: 400.5, code: 'HALF' })", ...INTERNAL },
  text: { does: "fail({ statusCode: '409', code: 'TEXT' })", ...INTERNAL },
  circle: { does: "fail({ statusCode: 409, code: 'CIRCLE', details: 1n })", ...INTERNAL },
  object: { does: "fail({ statusCode: 409, code: 'OBJECT', message: { a: 1 } })", ...INTERNAL },
  waiting: { does: "fail({ statusCode: 429, code: 'WAIT', retryAfter: 'a\\nb' })", status: 429, code: 'WAIT' },
  split: { does: "(reply.header('x', 'a\\nb'), {})", ...INTERNAL },
  named: { does: "(reply.header('a b', 'x'), {})", ...INTERNAL },
  both: { does: "reply.header('x', 'a\\nb'), fail({ statusCode: 409, code: 'BOTH' })", status: 409, code: 'BOTH' },
  string: { does: "(() => { throw 'secret plan' })()", ...INTERNAL },
  getter: {
    does: "(() => { throw Object.defineProperty(new Error('x'), 'code', { get() { throw 1 } }) })()",
    ...INTERNAL,
  },
}

const endpoints = Object.entries(THROWN).map(([name, { does }]) => `'GET /${name}': (request, reply) => (${does})`)
const app = await createApp({
  dir: appFolder(t, {
    dependencies: { '@json-express/adapter-memory': '*' },
    files: {
      'models/tools.js': `import { defineRoutes } from '@json-express/core'
const fail = (properties) => { throw Object.assign(new Error('secret plan'), properties) }
export default defineRoutes({ endpoints: { ${endpoints.join(',\n')}, 'GET /nothing': () => {} } })`,
    },
  }),
  env: { JEX__LOG__LEVEL: 'silent' },
})
t.teardown(() => app.close())

for (const [name, { does, status, code, message }] of Object.entries(THROWN)) {
  t.test(`${does} is ${status} ${code}`, async (t) => {
    const answer = await app.inject(`/tools/${name}`)
    t.equal(answer.statusCode, status)
    t.match(answer.headers['content-type'], 'application/json')
    const { error, ...rest } = answer.json()
    t.same([error?.code, rest], [code, {}], answer.payload)
    t.equal(answer.headers['www-authenticate'], status === 401 ? 'Bearer' : undefined)
    if (message !== undefined) t.match(error.message, message)
    if (status === 500) t.notMatch(answer.payload, /secret plan|FST_|header/i)
  })
}

t.test('an endpoint that returns nothing is answered', async (t) => {
  const answer = await app.inject('/tools/nothing')
  t.same([answer.statusCode, answer.payload], [200, ''])
})
