import { errors, mayForSome, type Rule, type User } from '@json-express/core'

/** What the auth middleware has decided already; kept here too so that a rule never depends on a hook being there. */
export function refuseUnless(user: User | null, rule: Rule): void {
  if (mayForSome(user, rule)) return
  throw user === null && rule !== false ? new errors.MissingToken() : new errors.Forbidden()
}
