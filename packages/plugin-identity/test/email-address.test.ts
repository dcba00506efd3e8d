import naughtyStrings from 'big-list-of-naughty-strings/blns.json' with { type: 'json' }
import t from 'tap'
import { canonicalEmail, isMailbox } from '../src/email-address.js'

const FORMS: [written: string, canonical: string][] = [
  ['ann@example.com', 'ann@example.com'],
  ['  Ann@Example.COM\n', 'ann@example.com'],
  ['ann.b+tag@example.com', 'ann.b+tag@example.com'],
  ['annb@example.com', 'annb@example.com'],
  ['ann@Bücher.example', 'ann@xn--bcher-kva.example'],
  ['ann@bu\u0308cher.example', 'ann@xn--bcher-kva.example'],
  ['ann@xn--bcher-kva.example', 'ann@xn--bcher-kva.example'],
  ['\u212aate@example.com', 'kate@example.com'],
  ['ann@ｅｘａｍｐｌｅ.com', 'ann@example.com'],
  ['ann@example\u3002com', 'ann@example.com'],
  ['ann@exam\u00adple.com', 'ann@example.com'],
  ['ann@ex\u200bample.com', 'ann@example.com'],
  // alike to the eye, and not one account: a Cyrillic e, a sharp s, Hebrew
  ['ann@\u0435xample.com', 'ann@xn--xample-2of.com'],
  ['ann@fa\u00df.example', 'ann@xn--fa-hia.example'],
  ['ann@\u05d3\u05d5\u05d2\u05de\u05d4.example', 'ann@xn--6dbbec0c.example'],
  ["o'hara@example.com", "o'hara@example.com"],
  ['admin@local', 'admin@local'],
  ['ADMIN@LOCAL', 'admin@local'],
  [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
]

for (const [written, canonical] of FORMS) {
  t.equal(canonicalEmail(written), canonical, JSON.stringify(written))
  t.equal(canonicalEmail(canonical), canonical, 'and stays it')
}

const REFUSED = [
  ...['', ' ', '@', 'ann', 'ann@', '@example.com', 'ann@@example.com', 'ann@b@example.com', 'ann@example'],
  ...['ann\uff20example.com', 'ann\ufe6bexample.com', 'ann@evil.com\uff20example.com'],
  ...['ann@evil.com,bob@example.com', 'ann@evil.com;bob@example.com', 'ann@evil.com bob@example.com'],
  ...['Ann <ann@example.com>', '<ann@example.com>', '"ann b"@example.com', '"x@evil.com y"@example.com'],
  ...['ann(comment)@example.com', 'ann@[127.0.0.1]', 'ann@[IPv6:::1]', 'ann\\@example.com', 'mailto:ann@example.com'],
  ...['an\nn@example.com', 'ann\r\nBcc: bob@example.com', 'an\u0000n@example.com', 'an\tn@example.com'],
  // what a URL parser would tidy away, cut off, decode or take for a number
  ...['ann@exa\tmple.com', 'ann@exa\nmple.com', 'ann@example.com/evil', 'ann@example.com?evil', 'ann@example.com#evil'],
  ...['ann@example.com\\evil', 'ann@ex%61mple.com', 'ann@example.com:25', 'ann@user:pass@example.com'],
  ...['ann@127.0.0.1', 'ann@127.1', 'ann@0x7f.1', 'ann@2130706433', 'ann@１２７.0.0.1'],
  ...[
    'ann@example.com.',
    'ann@.example.com',
    'ann@example..com',
    '.ann@example.com',
    'ann.@example.com',
    'a..b@example.com',
  ],
  ...[
    'ann@-example.com',
    'ann@example-.com',
    'ann@exa_mple.com',
    'änn@example.com',
    'ann\u202e@example.com',
    'ann@exam\u202eple.com',
  ],
  ...[
    '\u0430nn@example.com',
    'ann\u200b@example.com',
    'ann@xn--a.example',
    'ann@a\u2025b.com',
    'ann@example.com\u0000',
  ],
  ...[
    'ann@example.com bob@example.com',
    'ann@example.com,',
    ',ann@example.com',
    'ann@example.com>',
    'ann%40example.com',
  ],
  ...['ann@evil.com%0abcc:bob@example.com', '"ann"@example.com', '"ann"ann@example.com', 'ann@(x)example.com'],
  `${'a'.repeat(65)}@example.com`,
  `ann@${'a'.repeat(64)}.com`,
  `ann@${'a.'.repeat(126)}com`,
  ...['local', '@local', '-x@local', 'a b@local', 'admin@local.', 'admin@x.local@local'],
]

for (const written of REFUSED) {
  t.throws(
    () => canonicalEmail(written),
    { code: 'INVALID_EMAIL', statusCode: 400 },
    JSON.stringify(written).slice(0, 80),
  )
}

t.equal(isMailbox('ann@example.com'), true)
t.equal(isMailbox('ann@shop.local'), true)
t.equal(isMailbox('admin@local'), false)

t.test('whatever comes in, what comes out is plain ASCII with one @, and comes out the same again', async (t) => {
  const inputs = naughtyStrings.flatMap((text) => [text, `${text}@example.com`, `ann@${text}`, `ann@${text}.example`])
  let accepted = 0
  for (const input of inputs) {
    const canonical = canonicalOr(input)
    if (canonical === null) continue
    accepted++
    const sound = /^[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[a-z0-9.-]+$/.test(canonical) && canonical.length <= 254
    if (!sound || canonicalOr(canonical) !== canonical)
      t.fail(`${JSON.stringify(input)} -> ${JSON.stringify(canonical)}`)
  }
  t.ok(accepted > 10 && accepted < inputs.length / 2, `${accepted} of ${inputs.length} are addresses`)
})

/** The canonical form, `null` for what is refused in the proper way. */
function canonicalOr(input: string): string | null {
  try {
    return canonicalEmail(input)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'INVALID_EMAIL') throw error
    return null
  }
}
