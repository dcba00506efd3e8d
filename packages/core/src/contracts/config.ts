/** Where a setting came from: `default`, a file's name, `environment`, or another word for a value made at boot. */
export type SettingSource = string

export interface SettingEntry {
  /** Dotted, without the leading `jex.`: `auth.tokenTtl`. */
  key: string
  value: unknown
  source: SettingSource
  default: unknown
  /** Whether the value must not be shown. */
  secret: boolean
  /** Whether the value is a duration in milliseconds. */
  duration: boolean
}

/** The effective settings, checked and frozen at boot. Durations are milliseconds. */
export interface IConfigProvider {
  /** `development`, `test`, or anything else, which obeys the production rules. */
  readonly mode: string

  /** Whether the production rules hold. */
  readonly production: boolean

  /** One value by its dotted key, `undefined` when unset without a default. Throws on a key that no schema knows. */
  get(key: string): unknown

  /** All values of a section as a nested frozen object, `{}` for a section without settings. */
  section<T extends object = Record<string, unknown>>(name: string): Readonly<T>

  /** Every known setting, sorted by key. */
  entries(): SettingEntry[]
}
