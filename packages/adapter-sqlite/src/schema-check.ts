import type { CollectionSchema } from '@json-express/core'
import type { Connection } from './connection.js'
import { fold, readTable } from './existing-table.js'

/** What SQLite cannot store at all, one readable line each. */
export function checkSchemas(connection: Connection, schemas: readonly CollectionSchema[]): string[] {
  const known = new Set(schemas.map(({ name }) => fold(name)))
  const problems = sameNames(schemas.map(({ name }) => name)).map(
    ([one, other]) => `The collections ${differ(one, other)}`,
  )
  for (const { name, columns } of schemas) {
    if (fold(name).startsWith('sqlite_'))
      problems.push(`${name}: SQLite keeps names that begin with sqlite_ for itself`)
    for (const [one, other] of sameNames(columns.map((column) => column.name))) {
      problems.push(`The fields ${name}.${differ(one, other)}`)
    }
    for (const { name: field, references } of columns) {
      if (references === undefined || known.has(fold(references.collection))) continue
      if (readTable(connection, references.collection) !== null) continue
      problems.push(`${name}.${field} refers to ${references.collection}, which does not exist`)
    }
  }
  return problems
}

function sameNames(names: readonly string[]): [string, string][] {
  const first = new Map<string, string>()
  const pairs: [string, string][] = []
  for (const name of names) {
    const other = first.get(fold(name))
    if (other === undefined) first.set(fold(name), name)
    else pairs.push([other, name])
  }
  return pairs
}

function differ(one: string, other: string): string {
  return `${one} and ${other} differ in upper and lower case only, which SQLite does not tell apart: rename one`
}
