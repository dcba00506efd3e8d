import { appFolder } from '../harness/app-folder.js'

/** Two packages of an app, for its commands. Both say when they are closed. */
const TOOLS = `
export default async (app) => {
  app.log.info('never shown')
  app.log.warn('a warning')
  app.addHook('onClose', async () => void process.stderr.write('closed\\n'))
}
const coded = (statusCode, code) => Object.assign(new Error('there is no such tool'), { statusCode, code })
const text = { name: '<text>', description: 'what to say' }
const more = { name: '[more-text]', description: 'what else to say' }
export const commands = [
  {
    name: 'tools say', description: 'say something', arguments: [text, more],
    options: [{ flags: '-v, --voice <voice>', description: 'how' }, { flags: '--dry-run', description: 'not at all' }],
    run: async ({ app, arguments: given, options, print, note }) => {
      note('about to say')
      print(JSON.stringify({ given, options, purpose: app.purpose, dir: app.dir, listening: app.server.listening }))
    },
  },
  { name: 'tools count', description: 'exit with 3', run: async () => 3 },
  { name: 'tools miss', description: 'refuse', run: async () => { throw coded(404, 'NOT_FOUND') } },
  { name: 'tools break', description: 'fail', run: async () => { throw new TypeError('out of order') } },
  { name: 'tools throw', description: 'fail at once', run: () => { throw coded(409, 'TAKEN') } },
  {
    name: 'tools wait', description: 'wait for ever',
    run: ({ print }) => { print('waiting'); return new Promise(() => setInterval(() => {}, 1000)) },
  },
  {
    name: 'tools flood', description: 'print for ever',
    run: async ({ print }) => { for (;;) { print('x'.repeat(1000)); await new Promise(setImmediate) } },
  },
  { name: 'hello', description: 'greet', run: async ({ print }) => print('hello') },
]`

type Files = Record<string, string | object>

export function packageFiles(name: string, index: string, manifest: object = { kind: 'plugin' }): Files {
  return {
    [`node_modules/${name}/package.json`]: {
      name,
      version: '1.0.0',
      type: 'module',
      main: 'index.js',
      jsonExpress: { api: 1, provides: [], requires: [], optional: [], ...manifest },
    },
    [`node_modules/${name}/index.js`]: index,
  }
}

/** An app on the memory adapter with the package `tools`, and more of them where a test needs some. */
export function toolsApp(
  t: Parameters<typeof appFolder>[0],
  { packages = {}, files = {} }: { packages?: Record<string, string>; files?: Files } = {},
): string {
  const all = Object.entries({ tools: TOOLS, ...packages })
  return appFolder(t, {
    dependencies: Object.fromEntries([['@json-express/adapter-memory', '*'], ...all.map(([name]) => [name, '*'])]),
    files: Object.assign({}, ...all.map(([name, index]) => packageFiles(name, index)), files),
  })
}
