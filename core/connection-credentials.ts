/** A connection's credential: read from what a caller gave, stored, and told to the connection's row. */
import type { Clock } from './clock.ts'
import { clientMissing } from './connection-row.ts'
import { isFailure } from './errors.ts'
import { type Input, readFields } from './fields.ts'
import { needColumns } from './foresight.ts'
import type { SourceInfo } from './inlet.ts'
import { Secret } from './secret.ts'
import type { ConnectionRow } from './store/store.ts'
import type { Tokens } from './tokens.ts'
import type { Credential, Vault } from './vault/vault.ts'

export interface ConnectionCredentials {
  /** Auth fields as a credential. @throws Failure `invalid` naming every wrong field */
  read(info: SourceInfo, input: Input, generation: number): Credential
  /** Stores it over whatever is there. @returns it with the generation that it got */
  replace(id: string, credential: Credential): Promise<Credential>
  /** What the row says of it. @param names of the auth fields that a caller gave */
  columns(info: SourceInfo, credential: Credential, names: string[]): Partial<ConnectionRow>
}

export interface ConnectionCredentialsOptions {
  vault: Vault
  tokens: Pick<Tokens, 'forget'>
  clock: Pick<Clock, 'now'>
  /** Whether the configuration names an OAuth client for the family. */
  hasClient(pluginId: string): boolean
}

/** Auth fields that have a place of their own in a credential. */
export const namedFields = new Set(['access_token', 'refresh_token', 'client_id', 'client_secret', 'expires_at'])
/** How often a credential is written again because a refresh came between. */
const mostTries = 5

export function createConnectionCredentials(options: ConnectionCredentialsOptions): ConnectionCredentials {
  const { vault, tokens, clock } = options
  const timestamp = () => new Date(clock.now()).toISOString()

  return {
    read(info, input, generation) {
      const values = readFields(info.authFields, input, 'auth_fields') as Record<string, string>
      if (values.refresh_token && !values.client_id && !options.hasClient(info.plugin.id)) throw clientMissing(info)
      if (values.client_secret && !values.client_id) throw clientMissing(info)
      const rest = Object.entries(values).filter(([name]) => !namedFields.has(name))
      return {
        generation,
        accessToken: new Secret(values.access_token ?? ''),
        refreshToken: values.refresh_token ? new Secret(values.refresh_token) : undefined,
        clientId: values.client_id,
        clientSecret: values.client_secret ? new Secret(values.client_secret) : undefined,
        fields: Object.fromEntries(rest),
        obtainedAt: timestamp(),
        expiresAt: values.expires_at ? new Date(values.expires_at).toISOString() : undefined,
      }
    },
    async replace(id, credential) {
      for (let tries = 1; ; tries++) {
        // A refresh that ends meanwhile moves the generation on; the new credential goes above it all the same.
        const stored = await vault.get(id).catch(() => undefined)
        const newest = { ...credential, generation: Math.max(credential.generation, (stored?.generation ?? 0) + 1) }
        try {
          await vault.put(id, newest)
          tokens.forget(id)
          return newest
        } catch (error) {
          if (!isFailure(error, 'conflict') || tries === mostTries) throw error
        }
      }
    },
    columns: (info, credential, names) => ({
      authState: 'ready',
      authFieldNames: names,
      authenticatedAt: timestamp(),
      expiresAt: credential.expiresAt ?? null,
      ...needColumns(credential, info.plugin.auth),
      credentialGeneration: credential.generation,
      lastErrorCategory: null,
      lastErrorMessage: null,
    }),
  }
}
