import Type from 'typebox'

const Package = (slot: string) =>
  Type.Optional(
    Type.String({ minLength: 1, description: `The package that fills the ${slot} slot, where several could` }),
  )

/** The server's own settings, the keys without a section. */
export const runtimeSettingsSchema = Type.Object({
  mode: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'development, test, or anything else, which obeys the production rules',
    }),
  ),
  port: Type.Integer({ default: 3000, minimum: 0, maximum: 65_535, description: 'TCP port; plain PORT sets it too' }),
  host: Type.Optional(Type.String({ minLength: 1, description: 'Address to listen on' })),
  publicUrl: Type.Optional(
    Type.String({
      format: 'public URL',
      examples: ['https://api.example.com'],
      description: 'Where clients reach the server, http or https; the base of links, so without query and credentials',
    }),
  ),
  trustProxy: Type.Optional(
    Type.Array(Type.String({ format: 'IP range' }), {
      examples: ['127.0.0.1,10.0.0.0/8'],
      description: 'Addresses or CIDR ranges of proxies whose X-Forwarded-* are believed',
    }),
  ),
  bodyLimit: Type.Integer({ default: 1_048_576, minimum: 1024, description: 'Bytes of a body, 16 KiB under /auth' }),
  log: Type.Object({
    level: Type.Unsafe<string>({
      type: 'string',
      enum: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      default: 'info',
      description: 'fatal, error, warn, info, debug, trace or silent; debug logs every request',
    }),
  }),
  security: Type.Object({
    headers: Type.Boolean({ default: true, description: 'Security header fields on every answer' }),
  }),
  cors: Type.Object({
    origin: Type.Optional(
      Type.Array(Type.String({ format: 'origin' }), {
        examples: ['https://app.example.com'],
        description: 'Origins that browsers may call from, scheme and host without a path; or *',
      }),
    ),
    credentials: Type.Boolean({ default: false, description: 'Whether such calls may carry cookies' }),
  }),
  worker: Type.Boolean({
    default: true,
    description: 'Whether the server works the queues too; false where json-express worker does it',
  }),
  adapter: Package('adapter'),
  kv: Package('kv'),
  queue: Package('queue'),
  email: Package('email'),
})
