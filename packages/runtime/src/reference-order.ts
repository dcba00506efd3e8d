/** Those that others refer to come before them. What refers in a circle keeps its order. */
export function inReferenceOrder<T extends { name: string }>(
  items: readonly T[],
  targetsOf: (item: T) => Iterable<string>,
): T[] {
  const waiting = new Map(items.map((item) => [item.name, item]))
  const ordered: T[] = []
  const visit = (name: string) => {
    const item = waiting.get(name)
    if (item === undefined) return
    waiting.delete(name)
    for (const target of targetsOf(item)) visit(target)
    ordered.push(item)
  }
  for (const { name } of items) visit(name)
  return ordered
}
