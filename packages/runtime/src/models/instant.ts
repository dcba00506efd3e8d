const INSTANT = /^(\d{4}-\d{2}-\d{2})[T ]\d{2}:[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d{2}:?[0-5]\d)$/
const DAY = /^\d{4}-\d{2}-\d{2}$/

/**
 * The one form in which an instant (RFC 3339) is stored, UTC with milliseconds; `null` for what is none, and for what
 * lies outside of the years 1 to 9999, where that form is longer and text no longer sorts by time.
 */
export function instantOf(text: string): string | null {
  const upper = text.toUpperCase()
  const day = INSTANT.exec(upper)?.[1]
  if (day === undefined || upper.slice(11, 13) > '23' || isoOf(day)?.startsWith(day) !== true) return null
  const instant = isoOf(upper.replace(' ', 'T'))
  return instant !== null && /^(?!0000)\d{4}-/.test(instant) ? instant : null
}

/** Takes a bare day too, as its beginning in UTC. */
export function instantOrDay(text: string): string | null {
  return instantOf(DAY.test(text) ? `${text}T00:00:00Z` : text)
}

/** February 30th becomes a day of March here, as in every `Date`. */
function isoOf(text: string): string | null {
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}
