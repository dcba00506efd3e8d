/** The caller of a request, from a verified access token. */
export interface User {
  /** The `sub` of the token, for local users the id of their row. */
  id: string
  /** For local users the role of the row at this very request, not the one in the token. */
  role: string
  /** For external callers whose token carries several: all of them, `role` is the first. */
  roles?: readonly string[]
  /** The session the token belongs to, `null` where there is none. */
  sessionId: string | null
  /** The verified claims of the token. */
  claims: Readonly<Record<string, unknown>>
}
