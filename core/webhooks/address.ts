/** Where webhooks may go. */
import { isIP } from 'node:net'

const mostLetters = 2048

/**
 * What keeps an address from being one, if anything. Without TLS only where the network is one's own: this machine, a
 * private address, or a name that only a home network knows.
 */
export function problemOfAddress(text: string): string | undefined {
  const url = text.length <= mostLetters ? URL.parse(text) : null
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'must be an https address'
  if (url.username !== '' || url.password !== '')
    return 'must not have a user name or password in it: send an Authorization header instead'
  if (url.hash !== '') return 'must not have a fragment'
  if (url.protocol === 'http:' && !isOwnNetwork(url.hostname))
    return 'must begin with https://: http is for this machine and for private networks alone'
  return undefined
}

/** What may be told of an address that may hold secrets in its path and query. */
export function originOf(url: string): string {
  return new URL(url).origin
}

/** Special-use names: RFC 6761, RFC 6762, RFC 8375, and ICANN's `internal`. */
const ownNames = /^(localhost|[^.]+|.+\.(localhost|local|lan|home|internal|home\.arpa))$/

function isOwnNetwork(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) === 4) return /^(127|10)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^169\.254\./.test(host)
  if (isIP(host) === 6) return host === '::1' || /^f[cd]|^fe[89ab]/.test(host)
  return ownNames.test(host)
}
