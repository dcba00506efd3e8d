import type { SettingEntry } from '@json-express/core'
import { planApp } from '../plan.js'
import { formatDuration } from '../settings/convert.js'

/** Prints every effective setting. Secrets show as dots, whether they are set or not stays visible. */
export async function printConfig(dir: string, { json = false }: { json?: boolean }): Promise<void> {
  const { settings } = await planApp(dir)
  const entries = settings.entries().map(hideSecret)
  if (json) {
    process.stdout.write(`${JSON.stringify(entries, null, 2)}\n`)
    return
  }
  const rows = entries.map(({ key, value, source, default: fallback, duration }) => [
    `jex.${key}`,
    show(value, duration),
    source,
    source === 'default' ? '' : `default ${show(fallback, duration)}`,
  ])
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  process.stdout.write(`mode ${settings.mode}\n\n${lines.join('\n')}\n`)
}

function hideSecret(entry: SettingEntry): SettingEntry {
  return entry.secret && entry.value !== undefined ? { ...entry, value: '••••••••' } : entry
}

function show(value: unknown, duration: boolean): string {
  if (value === undefined) return '-'
  if (duration) return formatDuration(Number(value))
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.join(',')
  return String(value)
}
