import { type ProtectedApp, protectedApp } from './protected-app.js'
import { AUDIENCE, ISSUER, jwkOf, type KeyPair, keyPair, type Provider, startProvider } from './provider.js'

export interface ExternalApp extends ProtectedApp {
  provider: Provider
  close(): Promise<void>
}

export const rsa = keyPair('RS256')

/** A server that takes tokens of an identity provider; with `secret` in the settings its own ones too. */
export async function externalApp(
  auth: Record<string, unknown> = {},
  { keys = [rsa], ...surroundings }: { keys?: readonly KeyPair[] } & Parameters<typeof protectedApp>[1] = {},
): Promise<ExternalApp> {
  const provider = await startProvider(keys.map((key) => jwkOf(key)))
  const settings = { secret: undefined, jwksUri: provider.jwksUri, jwksIssuer: ISSUER, jwksAudience: AUDIENCE, ...auth }
  const host = await protectedApp(settings, surroundings)
  const close = async () => {
    await host.app.close()
    await provider.stop()
  }
  return { ...host, provider, close }
}
