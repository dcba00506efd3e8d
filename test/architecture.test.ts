import { existsSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { basename, join, relative, sep } from 'node:path'
import { KINDS } from '@json-express/core'
import { manifestRules } from '@json-express/testing'
import t from 'tap'
import {
  codeBelow,
  filesBelow,
  foldersIn,
  type Import,
  importsBelow,
  type Package,
  packageOf,
  packagesIn,
  ROOT,
  readsEnvironment,
  show,
} from './architecture/sources.js'

const SCOPE = '@json-express/'
const CORE = '@json-express/core'
/** Packages that are no leaf: what leaves are written with, run in and tested by. */
const TRUNK = ['core', 'runtime', 'testing']
const LONGEST = 250
const VAGUE = /^(utils?|helpers?|common|misc|shared|lib)\b/

const packages = packagesIn('packages')
const presets = packagesIn('presets')
const leaves = packages.filter(({ folder }) => !TRUNK.includes(folder))

t.ok(leaves.length > 0 && presets.length > 0, 'there is something to look at')

for (const pkg of packages) {
  t.test(`${pkg.folder}: imports what it may`, async (t) => {
    const imports = importsBelow(join(pkg.dir, 'src'))
    t.ok(imports.length > 0)
    t.strictSame(
      imports.flatMap((one) => importProblem(pkg, one) ?? []),
      [],
    )
  })

  t.test(`${pkg.folder}: the settings module alone reads the environment`, async (t) => {
    const readers = filesBelow(join(pkg.dir, 'src'), '.ts').filter(readsEnvironment)
    const settings = join(ROOT, 'packages/runtime/src/settings') + sep
    t.strictSame(readers.filter((file) => !file.startsWith(settings)).map(show), [])
  })

  t.test(`${pkg.folder}: looks like every package`, async (t) => {
    for (const path of ['README.md', 'package.json', 'tsconfig.json', 'src/index.ts', 'test']) {
      t.ok(existsSync(join(pkg.dir, path)), `has ${path}`)
    }
    t.ok(filesBelow(join(pkg.dir, 'test'), '.test.ts').length > 0, 'has tests')
    t.strictSame(
      pkg.manifest.exports?.['.'],
      { types: './dist/index.d.ts', default: './dist/index.js' },
      'has one door',
    )
    t.equal(pkg.manifest.exports?.['./package.json'], './package.json', 'its manifest can be read')
  })
}

for (const pkg of [...packages, ...presets]) {
  t.test(`${pkg.folder}: can be published`, async (t) => {
    const { manifest } = pkg
    const group = relative(ROOT, pkg.dir).split(sep)[0]
    t.match(manifest, {
      license: 'MIT',
      type: 'module',
      engines: { node: '>=20.19' },
      publishConfig: { access: 'public' },
    })
    t.notOk(manifest.private, 'is not private')
    t.equal(manifest.name, `${SCOPE}${group === 'presets' ? 'preset-' : ''}${pkg.folder}`, 'is named after its folder')
    t.equal(manifest.version, packages[0]?.manifest.version, 'has the version of all')
    t.equal(manifest.repository?.directory, `${group}/${pkg.folder}`, 'says where it comes from')
    const ours = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.devDependencies })
    for (const [name, range] of ours.filter(([name]) => name.startsWith(SCOPE))) {
      t.equal(range, 'workspace:^', `takes ${name} from the workspace`)
    }
  })
}

for (const { folder, manifest } of [...leaves, ...presets]) {
  t.test(`${folder}: declares itself`, async (t) => {
    for (const { name, run } of manifestRules) await t.resolves(run({ ...manifest }), name)
  })
}

for (const { folder, manifest } of leaves) {
  t.test(`${folder}: is a leaf`, async (t) => {
    const kind = KINDS.find((kind) => folder.startsWith(`${kind}-`))
    t.equal(manifest.jsonExpress?.kind, kind, 'its name says its kind')
    const section = kind === 'middleware' ? [folder, folder.slice('middleware-'.length)] : [folder]
    t.ok(section.includes(String(manifest.jsonExpress?.section)), 'its settings are named after it')
    t.hasOwnProps(manifest.peerDependencies ?? {}, [CORE, 'fastify'], 'shares core and fastify with the app')
    t.notOk(manifest.dependencies?.fastify, 'brings no fastify of its own')
    const others = Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith(SCOPE))
    t.strictSame(others, [], 'depends on no other package of ours')
  })
}

t.test('core and runtime declare nothing to discover', async (t) => {
  for (const { folder, manifest } of packages.filter(({ folder }) => TRUNK.includes(folder))) {
    t.equal(manifest.jsonExpress, undefined, folder)
  }
})

t.test('presets hold no code', async (t) => {
  for (const { folder, dir, manifest } of presets) {
    t.equal(manifest.jsonExpress?.kind, 'preset', folder)
    t.ok(existsSync(join(dir, 'README.md')), `${folder} has README.md`)
    const code = readFileSync(join(dir, 'bin.js'), 'utf8').split('\n').slice(1).join('\n').trim()
    t.equal(code, "import '@json-express/runtime/cli'", `${folder}/bin.js only calls the command`)
    t.strictSame(codeBelow(dir).map(show), [`presets/${folder}/bin.js`], `${folder} has no other code`)
  }
})

t.test('models of the examples are written with core alone', async (t) => {
  for (const example of foldersIn('examples')) {
    const models = join(ROOT, 'examples', example, 'models')
    const ours = importsBelow(models).filter(({ specifier }) => specifier.startsWith(SCOPE))
    t.ok(ours.length > 0, `${example} has models`)
    t.strictSame(
      ours.filter(({ specifier }) => specifier !== CORE).map(({ file }) => show(file)),
      [],
    )
  }
})

t.test('files are short and named after what they hold', async (t) => {
  const code = ['packages', 'presets', 'examples', 'scripts', 'test', 'bench'].flatMap((dir) =>
    codeBelow(join(ROOT, dir)),
  )
  t.ok(code.length > packages.length)
  for (const file of code) {
    const lines = readFileSync(file, 'utf8').split('\n').length - 1
    if (lines > LONGEST) t.fail(`${show(file)} has ${lines} lines, at most ${LONGEST}`)
    const name = basename(file)
    if (VAGUE.test(name)) t.fail(`${show(file)} says nothing about what it holds`)
    if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d)?\.[jt]s$/.test(name)) t.fail(`${show(file)} is not kebab-case`)
  }
})

/** What is wrong with an import of a package's source, or `null`. */
function importProblem({ folder, dir, manifest }: Package, { file, specifier }: Import): string | null {
  const wrong = (reason: string) => `${show(file)} imports ${specifier}: ${reason}`
  if (specifier.startsWith('.')) {
    if (!join(file, '..', specifier).startsWith(join(dir, 'src') + sep)) return wrong('outside its package')
    return /\.js(on)?$/.test(specifier) ? null : wrong('without its ending')
  }
  if (builtinModules.includes(specifier)) return wrong(`write node:${specifier}`)
  if (specifier.startsWith('node:')) return null
  const name = packageOf(specifier)
  if (name.startsWith(SCOPE) && (name !== CORE || folder === 'core')) return wrong('packages share through core alone')
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies }
  return name in declared ? null : wrong('its package.json does not say so')
}
