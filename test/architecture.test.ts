import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { basename, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KINDS } from '@json-express/core'
import { manifestRules } from '@json-express/testing'
import t from 'tap'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SCOPE = '@json-express/'
const CORE = '@json-express/core'
/** Packages that are no leaf: what leaves are written with, run in and tested by. */
const TRUNK = ['core', 'runtime', 'testing']
const LONGEST = 250
const VAGUE = /^(utils?|helpers?|common|misc|shared|lib)\b/

interface PackageJson {
  name: string
  version: string
  private?: boolean
  license?: string
  type?: string
  engines?: Record<string, string>
  exports?: Record<string, unknown>
  repository?: { directory?: string }
  publishConfig?: { access?: string }
  jsonExpress?: { kind: string; section?: string }
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

interface Package {
  folder: string
  dir: string
  manifest: PackageJson
}

interface Import {
  file: string
  specifier: string
}

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
    t.ok(existsSync(join(pkg.dir, 'README.md')), 'has README.md')
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
    t.equal(manifest.jsonExpress?.section, folder, 'its settings are named after it')
    t.hasOwnProps(manifest.peerDependencies, [CORE, 'fastify'], 'shares core and fastify with the app')
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

function packagesIn(group: string): Package[] {
  return foldersIn(group).map((folder) => {
    const dir = join(ROOT, group, folder)
    return { folder, dir, manifest: JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as PackageJson }
  })
}

function foldersIn(group: string): string[] {
  return readdirSync(join(ROOT, group), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(ROOT, group, entry.name, 'package.json')))
    .map((entry) => entry.name)
    .sort()
}

function filesBelow(dir: string, ending: string): string[] {
  if (!existsSync(dir)) return []
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) return BUILT.test(entry.name) ? [] : filesBelow(path, ending)
    return entry.isFile() && entry.name.endsWith(ending) ? [path] : []
  })
}

/** Folders whose content nobody wrote: installed, built, made by a run. */
const BUILT = /^(node_modules|dist|\..*)$/

function codeBelow(dir: string): string[] {
  return ['.ts', '.js'].flatMap((ending) => filesBelow(dir, ending))
}

/** Every module named by an import, an export, a dynamic import or a require, as TypeScript's own scanner finds them. */
function importsBelow(dir: string): Import[] {
  return filesBelow(dir, '.ts').flatMap((file) =>
    ts
      .preProcessFile(readFileSync(file, 'utf8'), true, true)
      .importedFiles.map(({ fileName }) => ({ file, specifier: fileName })),
  )
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Whether the file names `process.env`, in whichever spelling, or takes `env` from `node:process`. */
function readsEnvironment(file: string): boolean {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const reads = (node: ts.Node): boolean => {
    if (ts.isPropertyAccessExpression(node) && node.name.text === 'env') return isProcess(node.expression)
    if (ts.isElementAccessExpression(node) && isProcess(node.expression))
      return /env/.test(node.argumentExpression.getText())
    if (ts.isVariableDeclaration(node) && node.initializer && isProcess(node.initializer))
      return /\benv\b/.test(node.name.getText())
    if (ts.isImportDeclaration(node) && /process['"]$/.test(node.moduleSpecifier.getText()))
      return /\benv\b/.test(node.getText())
    return ts.forEachChild(node, (child) => reads(child) || undefined) ?? false
  }
  return reads(source)
}

function isProcess(node: ts.Expression): boolean {
  return /^(globalThis\.)?process$/.test(node.getText())
}

function show(file: string): string {
  return relative(ROOT, file).split(sep).join('/')
}
