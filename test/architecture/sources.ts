import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface PackageJson {
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

export interface Package {
  folder: string
  dir: string
  manifest: PackageJson
}

export interface Import {
  file: string
  specifier: string
}

export function packagesIn(group: string): Package[] {
  return foldersIn(group).map((folder) => {
    const dir = join(ROOT, group, folder)
    return { folder, dir, manifest: JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as PackageJson }
  })
}

export function foldersIn(group: string): string[] {
  return readdirSync(join(ROOT, group), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(ROOT, group, entry.name, 'package.json')))
    .map((entry) => entry.name)
    .sort()
}

export function filesBelow(dir: string, ending: string): string[] {
  if (!existsSync(dir)) return []
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) return BUILT.test(entry.name) ? [] : filesBelow(path, ending)
    return entry.isFile() && entry.name.endsWith(ending) ? [path] : []
  })
}

/** Folders whose content nobody wrote: installed, built, made by a run. */
const BUILT = /^(node_modules|dist|\..*)$/

export function codeBelow(dir: string): string[] {
  return ['.ts', '.js'].flatMap((ending) => filesBelow(dir, ending))
}

/** Every module named by an import, an export, a dynamic import or a require, as TypeScript's own scanner finds them. */
export function importsBelow(dir: string): Import[] {
  return filesBelow(dir, '.ts').flatMap((file) =>
    ts
      .preProcessFile(readFileSync(file, 'utf8'), true, true)
      .importedFiles.map(({ fileName }) => ({ file, specifier: fileName })),
  )
}

export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Whether the file names `process.env`, in whichever spelling, or takes `env` from `node:process`. */
export function readsEnvironment(file: string): boolean {
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

export function show(file: string): string {
  return relative(ROOT, file).split(sep).join('/')
}
