/** Control characters, and those that turn the direction of the text: a terminal would obey them. */
const UNSAFE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/** A line for a terminal: what must not reach one is written as `\u{1b}`. For text that strangers had a hand in. */
export function visibleText(line: string): string {
  return line.replace(UNSAFE, (one) => (one === '\t' ? one : `\\u{${one.codePointAt(0)?.toString(16)}}`))
}
