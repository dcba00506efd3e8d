import t from 'tap'
import { routeProblems } from '../../src/models/route-check.js'

const handler = () => null
const said = (keys: string[], exposed = true) =>
  routeProblems('notes', Object.fromEntries(keys.map((key) => [key, handler])), exposed).map((line) => line.join(' '))

t.test('paths of their own are taken', async (t) => {
  t.strictSame(said(['POST /:id/feature', 'GET /stats', 'PUT /:id', 'GET /:id/:part(^\\d+$)', 'DELETE /']), [])
  t.strictSame(said(['GET /', 'POST /', 'GET /:id'], false), [], 'where the collection has no routes itself')
  t.strictSame(said([]), [])
})

t.test('what the collection has already is refused', async (t) => {
  for (const key of ['GET /', 'POST /', 'GET /:id', 'PATCH /:id', 'DELETE /:id']) {
    t.strictSame(said([key, 'GET /x']), [`endpoints.${key} is a route of /notes already: choose another path`])
  }
})

t.test('what the router cannot read is refused with its reason', async (t) => {
  for (const key of ['GET /:id(^\\d+$', 'GET /x/:id((a+)+b)', 'GET /a*b']) {
    const [line = '', ...more] = said([key])
    t.ok(line.startsWith(`endpoints.${key} is no path: `), line)
    t.strictSame(more, [])
  }
})
