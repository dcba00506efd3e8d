import { createHash } from 'node:crypto'
import { htmlEscape } from 'escape-goat'

/** A page of our own, whole in one answer: nothing else is loaded, and its policy allows exactly its own script and style. */
export interface HostedPage {
  html: string
  headers: Readonly<Record<string, string>>
}

export interface HostedPageParts {
  /** A BCP 47 tag. */
  locale: string
  title: string
  /** HTML, escaped where it holds text of others. */
  body: string
  style: string
  script: string
}

/** Puts a page together with a Content-Security-Policy that names its inline parts by hash (ASVS 3.4.3). */
export function hostedPage({ locale, title, body, style, script }: HostedPageParts): HostedPage {
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    html: `<!doctype html>
${htmlEscape`<html lang="${locale}">`}
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
${htmlEscape`<title>${title}</title>`}
<style>${style}</style>
</head>
<body>
${body}
<script>${script}</script>
</body>
</html>
`,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `${policy.join('; ')}; img-src data:`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
  }
}

function hashOf(inline: string): string {
  return `sha256-${createHash('sha256').update(inline).digest('base64')}`
}
