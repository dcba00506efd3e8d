import { ROLE_PATTERN } from '@json-express/core'

/** Words that mean a relation in a rule, not somebody's role. */
const NOT_ROLES = ['public', 'owner']

/**
 * The roles in the claim that `auth.roleClaim` names: a claim of exactly this name (`https://example.com/roles`), or a path
 * joined by dots (`realm_access.roles`), whose parts may hold dots themselves. What is no name of a role is left out.
 */
export function rolesOf(claims: unknown, roleClaim: string): string[] {
  const words = [claimAt(claims, roleClaim)].flat()
  const roles = words.filter((word): word is string => typeof word === 'string' && ROLE_PATTERN.test(word))
  return [...new Set(roles)].filter((role) => !NOT_ROLES.includes(role))
}

function claimAt(holder: unknown, path: string): unknown {
  if (typeof holder !== 'object' || holder === null || Array.isArray(holder)) return undefined
  const own = (name: string) => (Object.hasOwn(holder, name) ? holder[name as keyof typeof holder] : undefined)
  if (Object.hasOwn(holder, path)) return own(path)
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1)) {
    const found = claimAt(own(path.slice(0, dot)), path.slice(dot + 1))
    if (found !== undefined) return found
  }
  return undefined
}
