/** Fewer different characters than any random text of this length has, one of 32 hexadecimal digits included. */
const LEAST_DISTINCT = 9

/** What people write where a secret is to be filled in. Long enough that no random text holds one by chance. */
const WORDS = new RegExp(
  [
    ...['secret', 'password', 'passphrase', 'replace', 'insecure', 'placeholder', 'example', 'default', 'generate'],
    ...['openssl', 'please', 'random', 'qwerty', 'asdfgh', 'zxcvbn', 'change[-_ ]?(?:me|this|it)', 'keyboard[-_ ]?cat'],
    ...['jwt[-_ ]?(?:key|token)', 'your[-_ ][a-z]{2,}[-_ ]'],
  ].join('|'),
  'i',
)

/** A text that something else should have filled in. */
const UNFILLED = /^(?:<.*>|\$\{.*\}|\{\{.*\}\}|\$\w+)$|<[^<>]* [^<>]*>|^(?:test|Test|TEST)/s

/** Looks random, and stands in tutorials that thousands of servers were copied from. */
const PUBLISHED = new Set([
  '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7', // FastAPI, OAuth2 with JWT tokens
  '404e635266556a586e3272357538782f413f4428472b4b6250645367566b5970', // Spring Boot and JWT
])

/** Whether a secret is a placeholder, a published one, or a pattern: what anybody would try first. */
export function isGuessable(secret: string): boolean {
  return (
    WORDS.test(secret) ||
    UNFILLED.test(secret) ||
    PUBLISHED.has(secret.toLowerCase()) ||
    new Set(secret).size < Math.min(LEAST_DISTINCT, secret.length / 2) ||
    isRepeated(secret) ||
    isSequence(secret)
  )
}

/** `abcabcab`: one unit again and again, the last of them perhaps cut. */
function isRepeated(text: string): boolean {
  for (let unit = 1; unit <= text.length / 2; unit++) if (text.startsWith(text.slice(unit))) return true
  return false
}

/** `abcdefgh12345678`: mostly one character after the other, or before it. */
function isSequence(text: string): boolean {
  const steps = [...text.slice(1)].filter((_, i) => Math.abs(text.charCodeAt(i + 1) - text.charCodeAt(i)) === 1)
  return text.length > 1 && steps.length > text.length / 2
}
