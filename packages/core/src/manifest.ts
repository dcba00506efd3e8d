import Type, { type Static } from 'typebox'

/** The version of the contract between packages and the runtime. */
export const API_VERSION = 1

/** Kinds of which one package is active at a time. */
export const SLOTS = ['adapter', 'kv', 'queue', 'email'] as const
export type Slot = (typeof SLOTS)[number]

export const KINDS = [...SLOTS, 'middleware', 'plugin', 'preset'] as const
export type Kind = (typeof KINDS)[number]

const Capabilities = Type.Array(Type.String({ pattern: '^[a-z][a-z0-9-]*$' }), { uniqueItems: true, default: [] })

/** The `jsonExpress` field of a package.json, as JSON Schema. */
export const manifestSchema = Type.Object(
  {
    kind: Type.Unsafe<Kind>({ type: 'string', enum: KINDS }),
    /** The contract version the package was written for. */
    api: Type.Integer({ minimum: 1 }),
    provides: Capabilities,
    /** Capabilities without which it cannot work. */
    requires: Capabilities,
    /** Capabilities it uses when they are there; it loads after them. */
    optional: Capabilities,
    /** Its part of the settings: `jex.<section>.*`. */
    section: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9-]*$' })),
  },
  { additionalProperties: false },
)

export type Manifest = Static<typeof manifestSchema>
