type Parts = Readonly<Partial<Record<'to' | 'from' | 'subject' | 'text' | 'messageId', unknown>>>

const BREAKS = ['\r\n', '\r', '\n', '\0', '\u2028', '\u001b']

/** Header injection (CWE-93), in every header and at every place of it. */
export const NOT_CLEAN: readonly Parts[] = (['to', 'from', 'subject', 'messageId'] as const).flatMap((header) =>
  BREAKS.flatMap((end) => [
    { [header]: `ann@example.com${end}Bcc: eve@example.com` },
    { [header]: `ann@example.com${end}` },
    { [header]: `${end}ann@example.com` },
  ]),
)

/** Ways to reach another mailbox besides, or instead of, the one that was checked (CVE-2022-35924, CVE-2025-13033). */
export const MANY_RECIPIENTS: readonly Parts[] = [
  ...['ann@example.com,eve@example.com', 'ann@example.com, eve@example.com', 'ann@example.com;eve@example.com'],
  ...['ann@example.com;b', 'ann@example.com eve@example.com', 'Ann <ann@example.com>', '<ann@example.com>'],
  ...[' ann@example.com', 'ann@example.com ', 'ann@example.com\teve@example.com', 'ann@example.com>eve@example.com'],
  ...['"eve@example.com y"@example.com', '"a b"@example.com', 'ann@eve@example.com', 'ann@example.com(eve)'],
  ...['list:ann@example.com;', 'ann@[127.0.0.1]', 'ann\\@example.com', '', '@', 'ann', 'ann@', '@example.com'],
].map((to) => ({ to }))

/** What JavaScript may pass in spite of the types (CVE-2023-7028 was an array of addresses). */
export const NOT_TEXT: readonly Parts[] = [
  ...[['ann@example.com'], ['ann@example.com', 'eve@example.com'], { address: 'eve@example.com' }, null, undefined, 1],
].flatMap((value) => [{ to: value }, { subject: value }, { text: value }])
