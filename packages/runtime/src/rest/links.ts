/** The `Link` header of a page (RFC 8288), relative to the server so that no request header takes part in it. */
export function pageLinks(
  path: string,
  query: Readonly<Record<string, unknown>>,
  page: number,
  limit: number,
  total: number,
): string {
  const last = limit > 0 ? Math.max(1, Math.ceil(total / limit)) : 1
  const pages = { first: 1, prev: page > 1 ? page - 1 : null, next: page < last ? page + 1 : null, last }
  return Object.entries(pages)
    .filter(([, number]) => number !== null)
    .map(([rel, number]) => `<${path}?${search(query, String(number), String(limit))}>; rel="${rel}"`)
    .join(', ')
}

function search(query: Readonly<Record<string, unknown>>, page: string, limit: string): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (key !== '_page' && key !== '_limit') params.append(key, String(one))
  }
  params.append('_page', page)
  params.append('_limit', limit)
  return params.toString()
}
