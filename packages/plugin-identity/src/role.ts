/** A role that may be given to somebody: none of the words that rules use for callers without a role. */
export const ROLE = /^(?!(?:public|owner)$)[a-z][a-z0-9_-]*$/

/** What is wrong with the name of a role, as a sentence for an operator, or `null`. */
export function roleProblem(role: unknown): string | null {
  if (typeof role === 'string' && ROLE.test(role)) return null
  return 'role is a word of a-z, 0-9, _ and - that begins with a letter, and neither public nor owner'
}
