/** Whether links can be made by putting a path behind it: http or https, a host, no more than a path. */
export function isPublicUrl(text: string): boolean {
  return /^https?:\/\/[^\s/\\?#@]+(\/[^\s\\?#]*)?$/i.test(text) && URL.canParse(text)
}

/** Whether a browser may send it as `Origin` (RFC 6454 section 6.2), or `*`: other texts would never be equal to one. */
export function isOrigin(text: string): boolean {
  if (text === '*') return true
  if (/^https?:/i.test(text)) return !text.includes('*') && URL.canParse(text) && new URL(text).origin === text
  return /^[a-z][a-z\d+.-]*:\/\/[a-z\d.:_-]+$/.test(text) // of apps and extensions: capacitor://localhost
}
