import assert from 'node:assert/strict'
import { API_VERSION, type Manifest, manifestSchema, SLOTS } from '@json-express/core'
import { Ajv } from 'ajv'
import type { Rule } from './suite.js'

/** A parsed package.json. */
export type PackageJson = Readonly<Record<string, unknown>>

/** What the package.json of a JSONExpress package has to keep, so that the runtime finds and loads it. */
export const manifestRules: readonly Rule<PackageJson>[] = [
  rule('the jsonExpress field fits its schema', (packageJson) => {
    manifestOf(packageJson)
  }),

  rule('is written for this contract version', (packageJson) => {
    assert.equal(manifestOf(packageJson).api, API_VERSION, 'jsonExpress.api')
  }),

  rule('a package for a slot provides its capability', (packageJson) => {
    const { kind, provides } = manifestOf(packageJson)
    if (SLOTS.some((slot) => slot === kind)) {
      assert.ok(provides.includes(kind), `jsonExpress.provides must name '${kind}'`)
    }
  }),

  rule('does not require or use what it provides itself', (packageJson) => {
    const { provides, requires, optional } = manifestOf(packageJson)
    const needs = [...requires, ...optional]
    assert.deepEqual(
      provides.filter((one) => needs.includes(one)),
      [],
    )
  }),

  rule('core is a peer dependency, so that there is one copy of it', (packageJson) => {
    if (manifestOf(packageJson).kind === 'preset') return
    assert.equal(typeof record(packageJson.peerDependencies)['@json-express/core'], 'string', 'peerDependencies')
    assert.equal(record(packageJson.dependencies)['@json-express/core'], undefined, 'dependencies')
  }),

  rule('a preset has what it consists of as dependencies', (packageJson) => {
    if (manifestOf(packageJson).kind !== 'preset') return
    assert.notDeepEqual(record(packageJson.dependencies), {}, 'dependencies')
  }),

  rule('its package.json can be read from outside', ({ exports }) => {
    if (exports === undefined) return
    assert.equal(record(exports)['./package.json'], './package.json', 'exports')
  }),
]

function rule(name: string, check: (packageJson: PackageJson) => void): Rule<PackageJson> {
  return { name, run: async (packageJson) => check(packageJson) }
}

function manifestOf(packageJson: PackageJson): Manifest {
  const manifest = structuredClone(packageJson.jsonExpress)
  const ajv = new Ajv({ useDefaults: true, allErrors: true, strict: false })
  assert.ok(ajv.validate<Manifest>(manifestSchema, manifest), ajv.errorsText(ajv.errors, { dataVar: 'jsonExpress' }))
  return manifest
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
