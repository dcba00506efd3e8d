import { type FieldDefinition, implies, type Model, type Rule } from '@json-express/core'

export interface Extended {
  fields: Record<string, FieldDefinition>
  access: Model['access']
  /** `[path in the app's model, message]` of every attempt to loosen the base. */
  problems: [string, string][]
}

/**
 * Extends a package's model with an app's: the app adds fields, hooks and endpoints and may tighten rules. It cannot
 * redefine a field, loosen a rule, or require a field that the package's own writes do not know.
 */
export function extendModel(base: Model, app: Model): Extended {
  const problems: [string, string][] = []
  const fields = { ...base.fields }
  for (const [name, field] of Object.entries(app.fields)) {
    if (name === 'id' && field?.kind === 'id') continue
    if (Object.hasOwn(base.fields, name)) {
      problems.push([`fields.${name}`, `belongs to the ${base.name} model and cannot be redefined`])
      continue
    }
    if (typeof field !== 'object' || field === null) continue // what is wrong with it is said elsewhere
    if (field.kind === 'relation' && field.onDelete === 'cascade') {
      problems.push([
        `fields.${name}.onDelete`,
        `would delete ${base.name} together with ${field.target}, past the hooks that guard them: restrict or setNull`,
      ])
    }
    if (field.required && field.default === undefined) {
      problems.push([`fields.${name}`, `is required, so it needs a default: others create ${base.name} too`])
    }
    fields[name] = { ...field, access: { ...base.extension?.fieldAccess, ...field.access } }
  }
  const access = { ...base.access }
  for (const operation of ['read', 'create', 'update', 'delete'] as const) {
    const wanted = app.access?.[operation]
    if (wanted === undefined) continue
    const given: Rule = base.access?.[operation] ?? 'admin'
    if (implies(wanted, given)) access[operation] = wanted
    else problems.push([`access.${operation}`, `${show(wanted)} would loosen ${base.name}: the rule is ${show(given)}`])
  }
  if (app.access?.ownerField !== undefined && app.access.ownerField !== base.access?.ownerField) {
    problems.push(['access.ownerField', `of ${base.name} is ${show(base.access?.ownerField ?? false)} and stays it`])
  }
  if (app.uniqueError || app.extension) problems.push([app.extension ? 'extension' : 'uniqueError', 'is for packages'])
  return { fields, access, problems }
}

/** The 1-based line of a path like `access.read` in the source, found by its keys in order; `null` when not found. */
export function lineOf(source: string, path: string): number | null {
  let from = 0
  for (const key of path.split('.')) {
    const match = new RegExp(`(?<![\\w$])['"]?${key.replace(/[^\w]/g, '\\$&')}['"]?\\s*[:(]`).exec(source.slice(from))
    if (match === null) return from === 0 ? null : source.slice(0, from).split('\n').length
    from += match.index
  }
  return source.slice(0, from).split('\n').length
}

function show(rule: Rule): string {
  return JSON.stringify(rule).replaceAll('"', "'")
}
