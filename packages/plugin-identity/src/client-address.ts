/** Stands for the address of a socket that has been closed: Node no longer knows it, whatever the type of `request.ip` says. */
export const UNKNOWN_ADDRESS = 'unknown'

/** Where a request comes from, for logs and lists of sessions. */
export function addressOf({ ip }: { ip?: string | undefined }): string {
  return ip ?? UNKNOWN_ADDRESS
}
