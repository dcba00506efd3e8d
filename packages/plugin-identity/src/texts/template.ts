import Mustache from 'mustache'

export type Values = Readonly<Record<string, string | number>>

/** What is wrong with a template that may hold text and `{{name}}` alone, or `null`. */
export function templateProblem(template: string, names: readonly string[]): string | null {
  try {
    for (const [type, name = ''] of Mustache.parse(template)) {
      if (type === 'text') continue
      if (type !== 'name') return `has {{${type}${name}}}: only text and {{${names.join('}}, {{')}}} are allowed`
      if (!names.includes(name)) return `has {{${name}}}: there are {{${names.join('}}, {{')}}}`
    }
    return null
  } catch (error) {
    return `is no template: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Whether the template shows this value. */
export function mentions(template: string, name: string): boolean {
  return Mustache.parse(template).some(([type, named]) => type === 'name' && named === name)
}

/** Fills in values as they are. */
export function fillText(template: string, values: Values): string {
  return Mustache.render(template, values, undefined, { escape: String })
}

/** Fills in values with everything escaped that HTML could take for markup. */
export function fillHtml(template: string, values: Values): string {
  return Mustache.render(template, values)
}
