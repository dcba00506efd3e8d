import type { StoredField } from './resolved-model.js'
import { createValidator } from './validator.js'

/** What is wrong with constant defaults: `[stored field, message]`. One that does not fit would refuse every create. */
export function defaultProblems(fields: ReadonlyMap<string, StoredField>): [string, string][] {
  const constant = [...fields].filter(
    ([, { definition }]) => definition.default !== undefined && typeof definition.default !== 'function',
  )
  // what kind of ids a target has may be known only once the database is open
  const references = constant.filter(([, { kind }]) => kind === 'reference')
  const plain = constant.filter(([, { kind }]) => kind !== 'reference')
  if (constant.length === 0) return []
  const validate = createValidator({ fields: new Map(plain) })
  const values = Object.fromEntries(plain.map(([name, { definition }]) => [name, definition.default]))
  return [
    ...validate(values).map(({ field, message }): [string, string] => [field, message]),
    ...references
      .filter(([, { definition }]) => !isId(definition.default))
      .map(([name]): [string, string] => [name, 'must be the id of a record']),
  ]
}

function isId(value: unknown): boolean {
  return typeof value === 'string' || Number.isSafeInteger(value)
}
