import type { User } from './user.js'

/**
 * Who may do something: `'public'`, `'user'` (anyone signed in), `'owner'`, the name of a role, a list of these (any of
 * them), or `false` (nobody through the API, admins included). `admin` passes every rule except `false`.
 */
export type Rule = string | readonly string[] | false

/** Rules of a model, one per operation. */
export interface ModelAccess {
  read?: Rule
  create?: Rule
  update?: Rule
  delete?: Rule
  /** The field that holds the owner's id, needed by `'owner'`. */
  ownerField?: string
}

/** Rules of a field. Left out: whoever may do it with the record may do it with the field. */
export interface FieldAccess {
  read?: Rule
  create?: Rule
  update?: Rule
}

export const ROLE_PATTERN = /^[a-z][a-z0-9_-]*$/
export const RULE_KEYWORDS: readonly string[] = ['public', 'user', 'owner']

/** The alternatives of a rule, `[]` for `false`. */
export function alternatives(rule: Rule): readonly string[] {
  if (rule === false) return []
  return typeof rule === 'string' ? [rule] : rule
}

/**
 * Whether the caller passes the rule. `owns` says whether the record at hand is the caller's own; without a record
 * (a list, a create) it is `false`, and `couldOwn` tells whether an `'owner'` rule is worth going on with.
 */
export function may(user: User | null, rule: Rule, owns = false): boolean {
  if (rule === false) return false
  if (hasRole(user, 'admin')) return true
  return alternatives(rule).some((one) => {
    if (one === 'public') return true
    if (user === null) return false
    if (one === 'user') return true
    if (one === 'owner') return owns
    return hasRole(user, one)
  })
}

/** Whether the caller has the role. */
export function hasRole(user: User | null, role: string): boolean {
  return user !== null && (user.role === role || user.roles?.includes(role) === true)
}

/** Whether the rule can be passed by this caller for some record: what a route can decide before it has one. */
export function mayForSome(user: User | null, rule: Rule): boolean {
  return may(user, rule, user !== null)
}

/** Whether the caller passes the rule for own records only, so that a list has to be narrowed to those. */
export function ownOnly(user: User | null, rule: Rule): boolean {
  return mayForSome(user, rule) && !may(user, rule)
}

/** Whether every caller who passes `narrow` passes `wide` too. */
export function implies(narrow: Rule, wide: Rule): boolean {
  const targets = alternatives(wide)
  if (wide === false) return narrow === false
  return alternatives(narrow).every(
    (one) =>
      one === 'admin' ||
      targets.includes('public') ||
      targets.includes(one) ||
      (one !== 'public' && targets.includes('user')),
  )
}

/** What is wrong with a rule, or `null`. */
export function ruleProblem(rule: unknown): string | null {
  if (rule === false) return null
  const list = typeof rule === 'string' ? [rule] : rule
  if (!Array.isArray(list) || list.length === 0) return "must be 'public', 'user', 'owner', a role, a list, or false"
  const bad = list.find((one) => typeof one !== 'string' || !ROLE_PATTERN.test(one))
  return bad === undefined ? null : `${JSON.stringify(bad)} is not a rule: a role is like 'editor' or 'shop-admin'`
}
