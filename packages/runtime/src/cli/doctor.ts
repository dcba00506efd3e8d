export async function printDoctor(_dir: string, _options: { json?: boolean; strict?: boolean }): Promise<number> {
  return 0
}
