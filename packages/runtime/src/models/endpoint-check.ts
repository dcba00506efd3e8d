import { alternatives, type Endpoints, type Rule, ruleProblem } from '@json-express/core'

const ENDPOINT = /^(GET|POST|PUT|PATCH|DELETE) \/\S*$/

/** What is wrong with endpoints: `[path in the file, message]` pairs. A rule that nobody could keep must not seem to hold. */
export function endpointProblems(endpoints: Endpoints): [string, string][] {
  return Object.entries(endpoints).flatMap(([key, endpoint]): [string, string][] => {
    const path = `endpoints.${key}`
    if (!ENDPOINT.test(key)) return [[path, `"${key}" must be a method and a path: 'POST /:id/feature'`]]
    if (typeof endpoint === 'function') return []
    if (typeof endpoint?.handler !== 'function') return [[path, 'must be a function, or { access, handler }']]
    const wrong = endpoint.access === undefined ? null : endpointRuleProblem(endpoint.access)
    return wrong === null ? [] : [[`${path}.access`, wrong]]
  })
}

/** The rules of endpoints by their path in the file, for those that have one. */
export function endpointRules(endpoints: Endpoints): [string, Rule][] {
  return Object.entries(endpoints).flatMap(([key, endpoint]): [string, Rule][] => {
    const rule = typeof endpoint === 'function' ? undefined : endpoint.access
    return rule === undefined ? [] : [[`endpoints.${key}.access`, rule]]
  })
}

function endpointRuleProblem(rule: unknown): string | null {
  const wrong = ruleProblem(rule)
  if (wrong !== null || !alternatives(rule as Rule).includes('owner')) return wrong
  return "'owner' cannot be checked here: only the handler knows the record. Say 'user', and compare request.user.id in the handler"
}
