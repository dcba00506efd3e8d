import { writeFiles } from './app-folder.js'

/** What an app that installed the provider depends on beside its preset: nearest to the app, so it is the one chosen. */
export const HELD_EMAIL = { 'email-held': '*' }

/** The files of an e-mail provider that takes no mail before `releaseEmail`; what it takes it prints, link included. */
export const heldEmailFiles = {
  'node_modules/email-held/package.json': {
    name: 'email-held',
    version: '1.0.0',
    type: 'module',
    exports: { '.': './index.js', './package.json': './package.json' },
    jsonExpress: { kind: 'email', api: 1, provides: ['email'], requires: [], optional: [] },
  },
  'node_modules/email-held/index.js': `import { existsSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
const plugin = async (app) => {
  app.decorate('email', {
    async send({ to, text }) {
      process.stdout.write(\`sending to \${to}\\n\`)
      while (!existsSync('released')) await wait(20)
      process.stdout.write(\`sent to \${to} \${/#token=[\\w-]{43}/.exec(text)?.[0]}\\n\`)
    },
    async health() {},
    async close() {},
  })
}
plugin[Symbol.for('skip-override')] = true
export default plugin
`,
}

/** Lets all mails of the app go, those that wait and those to come. */
export function releaseEmail(dir: string): void {
  writeFiles(dir, { released: 'yes' })
}
