import { isAbsolute, join } from 'node:path'
import type { SettingSchema } from './keys.js'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Why a text is not the value a setting takes. */
export class ConversionError extends Error {
  override readonly name = 'ConversionError'
}

/** The typed value of a setting's text. Throws `ConversionError`. */
export function convert(text: string, schema: SettingSchema, dir: string): unknown {
  if (schema.duration) return duration(text)
  switch (schema.type) {
    case 'integer':
      if (/^-?\d{1,15}$/.test(text)) return Number(text)
      throw new ConversionError('is not a whole number')
    case 'number':
      if (text.trim() !== '' && Number.isFinite(Number(text))) return Number(text)
      throw new ConversionError('is not a number')
    case 'boolean':
      if (text === 'true' || text === 'false') return text === 'true'
      throw new ConversionError('is not true or false')
    case 'array':
      return text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '')
        .map((item) => convert(item, schema.items ?? {}, dir))
    default:
      return schema.path && text !== ':memory:' ? absolute(text, dir) : text
  }
}

/** A default that is a path lies in the app's folder too. */
export function defaultOf(schema: SettingSchema, dir: string): unknown {
  return schema.path && typeof schema.default === 'string' ? absolute(schema.default, dir) : schema.default
}

function duration(text: string): number {
  const [, whole = '', fraction = '', unit = ''] = /^(\d{1,15})(?:\.(\d{1,15}))?(ms|s|m|h|d)$/.exec(text.trim()) ?? []
  if (text.trim() === '0') return 0
  // in whole numbers: 1.1 * 3600000 is not 3960000
  const scale = 10n ** BigInt(fraction.length)
  const scaled = BigInt(whole + fraction) * BigInt(UNITS[unit] ?? 0)
  const ms = Number(scaled / scale)
  if (unit === '' || scaled % scale !== 0n || !Number.isSafeInteger(ms)) {
    throw new ConversionError('is not a duration: a number with ms, s, m, h or d')
  }
  return ms
}

/** Milliseconds as they are written in settings: in the largest unit that divides them. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0'
  const [unit, size] = Object.entries(UNITS).findLast(([, candidate]) => ms % candidate === 0) ?? ['ms', 1]
  return `${ms / size}${unit}`
}

function absolute(path: string, dir: string): string {
  return isAbsolute(path) ? path : join(dir, path)
}
