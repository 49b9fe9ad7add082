/** Signing in with a browser: where it is sent, and the request that trades the code it comes back with for tokens. */
import { Failure } from './errors.ts'
import { isLoopback } from './http-message.ts'
import type { OAuth2Quirks } from './oauth.ts'
import { endpointOf, tokenRequest } from './oauth-request.ts'
import type { AuthorizeInput, CodeInput, TokenRequest } from './plugin.ts'

/** RFC 6749, section 4.1.1, and RFC 7636, section 4.3. @throws Failure `bad_config` */
export function authorizeUrl(quirks: OAuth2Quirks, input: AuthorizeInput): string {
  const url = new URL(endpointOf(quirks, 'authorize', input))
  const { parameter, separator } = quirks.authorizeScope ?? { parameter: 'scope', separator: ' ' }
  // What a refresh asks for must have been allowed in the first place.
  const scope = quirks.refreshScope?.(input.scopes) ?? input.scopes.join(separator)
  const parameters = {
    response_type: 'code',
    client_id: input.clientId,
    redirect_uri: input.redirectUri,
    ...(scope === '' ? {} : { [parameter]: scope }),
    state: input.state,
    ...quirks.authorizeParameters,
    ...(input.codeChallenge === undefined
      ? {}
      : { code_challenge: input.codeChallenge, code_challenge_method: 'S256' }),
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

export function usesPkce(quirks: OAuth2Quirks, redirectUri: string): boolean {
  const { pkce = 'always' } = quirks
  return pkce === 'always' || (pkce === 'loopback' && isPlainLoopback(redirectUri))
}

/** RFC 6749, section 4.1.3, and RFC 7636, section 4.5. @throws Failure `bad_config` */
export function codeRequest(
  quirks: OAuth2Quirks,
  { code, redirectUri, codeVerifier, ...asker }: CodeInput,
): TokenRequest {
  const verifier = codeVerifier === undefined ? {} : { code_verifier: codeVerifier }
  return tokenRequest(quirks, { grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...verifier }, asker)
}

/**
 * A person may allow less than was asked for, and an answer without `scope` allows all (RFC 6749, section 5.1).
 * @throws Failure `scope_missing` naming what is missing
 */
export function checkScopes(quirks: OAuth2Quirks, granted: string | undefined, needed: readonly string[]): void {
  const words = (granted ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(word => word !== '')
  if (words.length === 0) return
  const isGranted = (scope: string) => words.some(word => word === scope || word.endsWith(`/${scope}`))
  const missing = needed.filter(scope => !isGranted(scope.toLowerCase()) && !quirks.unnamedScopes?.includes(scope))
  if (missing.length === 0) return
  const message = `the sign-in did not allow ${missing.join(', ')}, which the source needs: sign in again and allow it`
  throw new Failure('scope_missing', message)
}

function isPlainLoopback(address: string): boolean {
  const url = new URL(address)
  return url.protocol === 'http:' && isLoopback(url)
}
