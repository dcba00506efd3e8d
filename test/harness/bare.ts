/**
 * The command that runs a program without what tap puts into every process of Node below a test: a loader, which doubles
 * the time of a boot, and listeners for signals.
 */
export function bare(program: string, args: readonly string[] = []): [string, string[]] {
  return ['env', ['-u', 'NODE_OPTIONS', program, ...args]]
}
