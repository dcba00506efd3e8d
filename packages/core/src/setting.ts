import Type, { type TSchemaOptions } from 'typebox'

/**
 * Building blocks for settings schemas. Sections are `Type.Object`s of these and of plain TypeBox types; the runtime
 * turns the text of a source into the type, checks it, and fills in `default`.
 */
export const setting = {
  /** A duration written like `500ms`, `30s`, `15m`, `12h`, `7d`; the value is milliseconds. */
  duration: (options: TSchemaOptions & { default?: number } = {}) =>
    Type.Integer({ minimum: 0, ...options, duration: true }),
  /** Comma-separated in text. */
  list: (options: TSchemaOptions & { default?: string[] } = {}) => Type.Array(Type.String({ minLength: 1 }), options),
  /** A file; a relative one lies in the app's folder, `:memory:` stays as it is. */
  path: (options: TSchemaOptions & { default?: string } = {}) => Type.String({ minLength: 1, ...options, path: true }),
  /** Text that is never shown: not by `json-express config`, not in an error message. */
  secret: (options: TSchemaOptions = {}) => Type.String({ minLength: 1, ...options, writeOnly: true }),
} as const
