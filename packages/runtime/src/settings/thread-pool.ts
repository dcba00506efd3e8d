const DEFAULT_THREADS = 4
const MAX_THREADS = 1024

/** How many threads libuv's pool has, as libuv reads it: files, DNS and password hashes share them. */
export function threadPoolSize({ UV_THREADPOOL_SIZE: text }: NodeJS.ProcessEnv): number {
  if (text === undefined) return DEFAULT_THREADS
  return Math.min(MAX_THREADS, Math.max(1, Number.parseInt(text, 10) || 1))
}
