import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bare } from './bare.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const FOLDERS = ['packages', 'presets']

interface Teardown {
  teardown(fn: () => unknown): void
}

/** Packs every package that would be published and serves the scope like a registry does. Returns its URL. */
export async function localRegistry(t: Teardown, pnpm: readonly string[]): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'jex-registry-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const [command = 'pnpm', ...first] = pnpm
  for (const folder of FOLDERS.flatMap((parent) =>
    readdirSync(join(ROOT, parent)).map((name) => join(ROOT, parent, name)),
  )) {
    execFileSync(...bare(command, [...first, 'pack', '--pack-destination', dir]), { cwd: folder, stdio: 'pipe' })
  }
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1)
    const tarball = readdirSync(dir).find((file) => path === `tarballs/${file}`)
    if (tarball !== undefined) {
      response.end(readFileSync(join(dir, tarball)))
      return
    }
    const packument = packuments.get(path)
    response
      .writeHead(packument ? 200 : 404, { 'content-type': 'application/json' })
      .end(JSON.stringify(packument ?? {}))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`
  const packuments = new Map(readdirSync(dir).map((file) => packument(dir, file, url)))
  return url
}

function packument(dir: string, file: string, url: string): [string, object] {
  const manifest = JSON.parse(
    execFileSync('tar', ['-xOf', join(dir, file), 'package/package.json'], { encoding: 'utf8' }),
  )
  const integrity = `sha512-${createHash('sha512')
    .update(readFileSync(join(dir, file)))
    .digest('base64')}`
  const version = { ...manifest, dist: { tarball: `${url}tarballs/${file}`, integrity } }
  return [
    manifest.name,
    { name: manifest.name, 'dist-tags': { latest: manifest.version }, versions: { [manifest.version]: version } },
  ]
}
