/** Which OAuth client a person signs in through. */
import { namedFields } from '../connection-credentials.ts'
import { Failure, type FieldError } from '../errors.ts'
import { problemOfSecret, problemOfText } from '../fields.ts'
import { isLoopback } from '../http-message.ts'
import type { GivenClient, SourceInfo } from '../inlet.ts'
import { Secret } from '../secret.ts'
import type { ConnectionRow, Store } from '../store/store.ts'
import type { OAuthClient, Vault } from '../vault/vault.ts'
import type { SignInClient } from './exchange.ts'

export interface ClientsOptions {
  store: Pick<Store, 'whiteLabel'>
  vault: Pick<Vault, 'get' | 'client'>
  /** What the configuration says of a family. */
  configured(pluginId: string): {
    clientId?: string | undefined
    clientSecret?: Secret | undefined
    tenant?: string | undefined
  }
}

export interface Clients {
  /**
   * The one given; else the connection's own, its white label's, or the one it was signed in with; else the configured.
   * @param redirectUri where none is registered with the client
   * @throws Failure `conflict` (`client-missing`), `vault_locked`
   */
  of(
    info: SourceInfo,
    redirectUri: string,
    from: { given?: GivenClient | undefined; connection?: ConnectionRow | undefined },
  ): Promise<SignInClient>
  ofWhiteLabel(info: SourceInfo, id: string): Promise<SignInClient>
}

/** @throws Failure `invalid` naming the member that is wrong */
export function checkClient(given: GivenClient, at: string, { plugin }: SourceInfo): OAuthClient | undefined {
  const { clientId, clientSecret, redirectUri, fields = {} } = given
  const known = plugin.auth.fields.map(({ name }) => name).filter(name => !namedFields.has(name))
  for (const name of Object.keys(fields).filter(name => !known.includes(name))) {
    const takes = ['client_id', 'client_secret', 'redirect_uri', ...known].join(', ')
    throw wrong(at, name.length <= 48 ? name : '(too long)', `is not known here; it takes ${takes}`, 'unknown')
  }
  if (clientId === undefined) {
    const others = Object.entries({ client_secret: clientSecret, redirect_uri: redirectUri })
    const [name] = others.find(([, value]) => value !== undefined) ?? []
    if (name === undefined) return undefined
    throw wrong(at, 'client_id', `is missing: ${name} is of no use without it`)
  }
  const texts = {
    client_id: clientId,
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
    ...fields,
  }
  for (const [name, value] of Object.entries(texts)) {
    const problem = problemOfText(value) ?? (name === 'client_secret' ? problemOfSecret(value) : undefined)
    if (problem) throw wrong(at, name, problem)
  }
  if (redirectUri !== undefined && !isRedirect(redirectUri))
    throw wrong(at, 'redirect_uri', 'must be an https address, or http on this machine, without a fragment')
  const secret = clientSecret === undefined ? undefined : new Secret(clientSecret)
  return { clientId, clientSecret: secret, redirectUri, fields }
}

/** RFC 8252, section 7.3, and RFC 6749, section 3.1.2. */
export function isRedirect(address: string): boolean {
  if (!URL.canParse(address) || address.length > 2000) return false
  const url = new URL(address)
  if (url.hash !== '' || url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}

export function createClients({ store, vault, configured }: ClientsOptions): Clients {
  return {
    async of(info, redirectUri, { given = {}, connection }) {
      const standard = configured(info.plugin.id)
      // Fields alone go with whichever client there is.
      const isNamed = given.redirectUri !== undefined
      const own = checkClient(isNamed ? withConfigured(given, standard.clientId) : given, 'authentication', info)
      const fieldsWith = (kept: SignInClient['fields'] = {}) => ({ ...tenantOf(info), ...kept, ...given.fields })
      if (own) {
        // The configured secret belongs to the configured client, wherever the browser comes back to.
        const isConfigured = own.clientSecret === undefined && own.clientId === standard.clientId
        const clientSecret = isConfigured ? standard.clientSecret : own.clientSecret
        const address = own.redirectUri ?? redirectUri
        return { ...own, clientSecret, redirectUri: address, fields: fieldsWith(), isConfigured }
      }
      if (connection?.whiteLabelId)
        return { ...(await ofWhiteLabel(info, connection.whiteLabelId)), fields: fieldsWith() }
      const kept = connection && (await clientOf(connection))
      const from = { redirectUri: kept?.redirectUri ?? redirectUri, fields: fieldsWith(kept?.fields) }
      if (kept && kept.clientId !== standard.clientId) return { ...kept, ...from, isConfigured: false }
      if (standard.clientId === undefined) throw missing(info)
      const { clientId, clientSecret } = standard
      return { clientId, clientSecret, ...from, isConfigured: true }
    },
    ofWhiteLabel,
  }

  async function ofWhiteLabel(info: SourceInfo, id: string): Promise<SignInClient> {
    const whiteLabel = await store.whiteLabel(id)
    const sealed = await vault.client(id)
    if (!whiteLabel || !sealed) throw missing(info)
    return { ...sealed, redirectUri: whiteLabel.redirectUrl, fields: tenantOf(info), isConfigured: false }
  }

  /** A credential that does not open is no reason not to sign in again. */
  async function clientOf({ id, authState }: ConnectionRow): Promise<OAuthClient | undefined> {
    if (authState === 'pending_auth') return vault.client(id)
    const credential = await vault.get(id).catch((error: unknown) => {
      if (error instanceof Failure && error.code === 'data_folder') return undefined
      throw error
    })
    const { clientId, clientSecret, fields = {} } = credential ?? {}
    return clientId === undefined ? undefined : { clientId, clientSecret, fields }
  }

  function tenantOf({ plugin }: SourceInfo): Record<string, string> {
    const { tenant } = configured(plugin.id)
    return tenant === undefined ? {} : { tenant }
  }
}

/** What is given without a client's id is meant for the configured one; a secret is of no use without its own. */
export function withConfigured(given: GivenClient, configuredId: string | undefined): GivenClient {
  if (given.clientId !== undefined || given.clientSecret !== undefined) return given
  return { ...given, clientId: configuredId }
}

function missing({ plugin }: SourceInfo): Failure {
  const message = `signing in needs an OAuth client at ${plugin.title}: give client_id (and client_secret), or set providers.${plugin.id}.clientId in the configuration`
  return new Failure('conflict', message, { problem: 'client-missing' })
}

function wrong(at: string, name: string, what: string, type: FieldError['type'] = 'invalid'): Failure {
  const message = `${name} ${what}`
  return new Failure('invalid', message, { fields: [{ location: [at, name], type, message }] })
}
