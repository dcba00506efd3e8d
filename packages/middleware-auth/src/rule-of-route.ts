import type { AuthSettings, Rule } from '@json-express/core'
import type { RouteOptions } from 'fastify'

/**
 * The rule that holds for a route, decided once when it is registered, by the route and never by the URL of a request.
 * `null` means open: no rule, and no look at the Authorization header.
 */
export function ruleOfRoute(
  route: Pick<RouteOptions, 'url' | 'config'>,
  { exclude, required }: Pick<AuthSettings, 'exclude' | 'required'>,
): Rule | null {
  if (route.config?.auth === false) return null
  if (route.config?.access !== undefined) return route.config.access
  return !required || exclude.some((prefix) => isBelow(route.url, prefix)) ? 'public' : 'user'
}

/** By whole segments: `/auth` covers `/auth` and `/auth/me`, never `/authors`. */
function isBelow(url: string, prefix: string): boolean {
  const wanted = segments(prefix)
  return wanted.length > 0 && wanted.every((segment, index) => segments(url)[index] === segment)
}

function segments(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}
