import t from 'tap'
import { de } from '../src/texts/de.js'
import { en } from '../src/texts/en.js'
import { loadTemplates } from '../src/texts/load-templates.js'
import { loadTexts } from '../src/texts/load-texts.js'

const texts = (locale: string, dir = t.testdirName) => loadTexts({ email: { locale } as never }, dir)

t.test('built-in languages, by their region too', async (t) => {
  t.equal(texts('en'), en)
  t.equal(texts('en-GB'), en)
  t.equal(texts('de-AT'), de)
})

t.test('a language nobody has stops boot, and says where to put it', async (t) => {
  t.throws(() => texts('fr'), {
    name: 'BootError',
    message: /locale: there are no texts in "fr"\. Put them into emails\/fr\.json/,
  })
})

t.test('an app changes what it wants to change', async (t) => {
  const dir = t.testdir({
    emails: {
      'de.json': JSON.stringify({ mails: { invite: { subject: 'Hallo von {{appName}}' } }, pages: { verify: 'Ja' } }),
    },
  })
  const own = texts('de', dir)
  t.equal(own.mails.invite.subject, 'Hallo von {{appName}}')
  t.equal(own.pages.verify, 'Ja')
  t.strictSame(own.mails.invite.lines, de.mails.invite.lines)
  t.strictSame(own.mails.reset, de.mails.reset)
})

t.test('a region speaks its language, and says what it says itself', async (t) => {
  const dir = t.testdir({
    emails: {
      'de.json': JSON.stringify({ pages: { verify: 'Ja', show: 'Zeigen' } }),
      'de-AT.json': `\uFEFF${JSON.stringify({ pages: { verify: 'Jo' } })}`,
      'invite.DE.txt': 'deutsch {{link}}',
      'reset.de.txt': 'deutsch {{link}}',
      'Reset.de-at.txt': 'österreichisch {{link}}',
    },
  })
  for (const locale of ['de-AT', 'de-at']) {
    const own = texts(locale, dir)
    t.match(own.pages, { verify: 'Jo', show: 'Zeigen', working: de.pages.working })
    t.match(loadTemplates(dir, locale), { invite: { txt: /^deutsch/ }, reset: { txt: /^österreichisch/ } })
  }
  t.match(texts('DE', dir).pages, { verify: 'Ja' })
})

t.test('what is no language stops boot', async (t) => {
  for (const locale of ['de-utf8-', 'de-1', 'x', 'de_AT'])
    t.throws(() => texts(locale), { name: 'BootError', message: /is no language tag/ }, locale)
})

t.test('a language of its own has to be whole', async (t) => {
  const whole = t.testdir({
    whole: { emails: { 'fr.json': JSON.stringify(en) } },
    part: { emails: { 'fr.json': '{}' } },
  })
  t.strictSame(texts('fr', `${whole}/whole`), en)
  t.throws(() => texts('fr', `${whole}/part`), { message: /fr\.json: mails is missing[\s\S]*pages is missing/ })
})

t.test('mistakes stop boot, each named', async (t) => {
  for (const [content, problem] of [
    ['{ no json', /en\.json is not JSON/],
    ['[]', /the whole is not an object/],
    ['{"mails":{"invit":{}}}', /mails\.invit is not a text there is: invite, reset/],
    ['{"mails":{"invite":{"subject":1}}}', /mails\.invite\.subject is not a text on one line/],
    ['{"mails":{"invite":{"subject":"a\\nb"}}}', /mails\.invite\.subject is not a text on one line/],
    ['{"mails":{"invite":{"lines":"one"}}}', /mails\.invite\.lines is not a list/],
    ['{"mails":{"invite":{"lines":[]}}}', /mails\.invite\.lines is not a list/],
    ['{"mails":{"invite":{"subject":" "}}}', /mails\.invite\.subject is empty/],
    ['{"mails":{"invite":{"action":""}}}', /mails\.invite\.action is empty/],
    ['{"mails":{"invite":{"subject":"a\\tb"}}}', /mails\.invite\.subject is not a text on one line/],
    ['{"mails":{"invite":{"subject":"a\\u2028b"}}}', /mails\.invite\.subject is not a text on one line/],
    ['{"mails":{"invite":{"subject":"{{minLength}}"}}}', /mails\.invite\.subject has \{\{minLength\}\}/],
    ['{"mails":{"email-changed":{"lines":["{{lifetime}}"]}}}', /mails\.email-changed\.lines\.0 has \{\{lifetime\}\}/],
    ['{"pages":{"hint":"{{lifetime}}"}}', /pages\.hint has \{\{lifetime\}\}/],
    [
      '{"mails":{"invite":{"lines":["{{nam}}"]}}}',
      /mails\.invite\.lines\.0 has \{\{nam\}\}: there are \{\{appName\}\}/,
    ],
    ['{"pages":{"hint":"{{{minLength}}}"}}', /pages\.hint has \{\{&minLength\}\}: only text/],
    ['{"pages":{"hint":"{{#minLength}}"}}', /pages\.hint is no template/],
    ['{"pages":{"__proto__x":"a"}}', /pages\.__proto__x is not a text/],
  ] as const) {
    const dir = t.testdir({ emails: { 'en.json': content } })
    t.throws(() => texts('en', dir), { name: 'BootError', message: problem }, content)
  }
})

t.test('templates: those of the language come before the others', async (t) => {
  const dir = t.testdir({
    emails: {
      'invite.html': '<a href="{{link}}">any</a>',
      'invite.de.html': '<a href="{{link}}">deutsch</a>',
      'reset.txt': '{{link}}',
      'password-changed.fr.txt': 'ailleurs',
      'notes.md': 'not a mail, and not in the way',
      'en.json': '{}',
    },
  })
  t.strictSame(loadTemplates(dir, 'de'), {
    invite: { html: '<a href="{{link}}">deutsch</a>' },
    reset: { txt: '{{link}}' },
  })
  t.match(loadTemplates(dir, 'en'), { invite: { html: /any/ } })
  t.strictSame(loadTemplates(t.testdir({}), 'en'), {})
})

t.test('a template that cannot be sent stops boot, by its name', async (t) => {
  for (const [file, content, problem] of [
    ['invite.html', 'no link', /emails\/invite\.html does not show \{\{link\}\}/],
    ['reset.txt', '{{link}} {{password}}', /emails\/reset\.txt has \{\{password\}\}: there are/],
    ['reset.html', '<a href="{{{link}}}">', /only text/],
    ['invitation.html', '{{link}}', /emails\/invitation\.html is for no mail: there are invite/],
    ['reset.txt', '{{#link}}', /is no template/],
    ['password-changed.txt', 'see {{link}}', /emails\/password-changed\.txt has \{\{link\}\}/],
    ['password_changed.html', 'hello', /emails\/password_changed\.html is for no mail/],
    ['invite.htm', '{{link}}', /emails\/invite\.htm is for no mail/],
    ['texts_de.json', '{}', /emails\/texts_de\.json is for no mail/],
  ] as const) {
    const dir = t.testdir({ emails: { [file]: content } })
    t.throws(() => loadTemplates(dir, 'en'), { name: 'BootError', message: problem }, file)
  }
})
