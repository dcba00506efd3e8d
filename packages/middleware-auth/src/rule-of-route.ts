import { type AuthSettings, BootError, defaultRule, type Rule, ruleProblem } from '@json-express/core'
import type { RouteOptions } from 'fastify'

/**
 * The rule that holds for a route, decided once when it is registered, by the route and never by the URL of a request.
 * `null` means open, by its own word or by `auth.exclude`: no look at the Authorization header. Throws `BootError` for what is no rule.
 */
export function ruleOfRoute(
  route: Pick<RouteOptions, 'url' | 'config'>,
  settings: Pick<AuthSettings, 'exclude' | 'required'>,
): Rule | null {
  const { auth, access } = route.config ?? {}
  if (auth === false && access !== undefined) {
    throw new BootError(`The route ${route.url} says auth: false and has a rule as well: remove one of them`)
  }
  // whoever wrote null or true meant a lock
  const wrong = access === undefined ? null : ruleProblem(access)
  if (wrong !== null) throw new BootError(`The route ${route.url} has a rule that says nothing: access ${wrong}`)
  if (auth === false) return null
  if (access !== undefined) return access
  return defaultRule(route.url, settings)
}
