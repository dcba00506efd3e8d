import { authSettingsSchema, BootError, setting } from '@json-express/core'
import type t from 'tap'
import Type from 'typebox'
import { runtimeSettingsSchema } from '../../src/settings/runtime-schema.js'
import { readSources } from '../../src/settings/sources.js'
import { buildSettings, type Section } from '../../src/settings/validate.js'

export const sections: Section[] = [
  { name: '', schema: runtimeSettingsSchema, active: true, owner: '@json-express/runtime' },
  { name: 'auth', schema: authSettingsSchema, active: true, owner: '@json-express/core' },
  {
    name: 'kv-redis',
    schema: Type.Object({ url: setting.secret(), prefix: Type.String({ default: 'jex' }) }),
    active: false,
    owner: 'kv-redis',
  },
  {
    name: 'store',
    schema: Type.Object({ file: setting.path({ default: '.jex/store' }) }),
    active: true,
    owner: 'store',
  },
]

export interface World {
  files?: Record<string, string>
  env?: Record<string, string>
}

export function build(t: Tap.Test, { files = {}, env = {} }: World) {
  return buildSettings(readSources(t.testdir(files), env), sections)
}

export function problems(t: Tap.Test, world: World): string {
  try {
    build(t, world)
  } catch (error) {
    if (error instanceof BootError) return error.message
    throw error
  }
  return ''
}

declare namespace Tap {
  type Test = Pick<typeof t, 'testdir'>
}
