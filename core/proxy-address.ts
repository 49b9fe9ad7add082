/** Where a program's request goes: an address below one endpoint of the provider's API, and never anywhere else. */
import { Failure, quote } from './errors.ts'
import type { SourceInfo } from './inlet.ts'
import type { Endpoints } from './plugin.ts'

export interface ProxyAddress {
  url: string
  /** Where all of the endpoint is, without a slash at its end. */
  base: string
  /** Below it, as it is sent, without its query. */
  path: string
  /** The same in one spelling, for finding what must not be asked: servers may take many spellings for one path. */
  plainPath: string
  parameters: readonly string[]
}

export interface ProxyPlace {
  /** As the caller wrote it, without a slash at its beginning and without its query. */
  path: string
  /** With its question mark, or empty. */
  query: string
  /** The name of an endpoint; default the source's. */
  endpoint?: string | undefined
}

/** Endpoints for getting tokens: nobody but inlet asks there. */
const ofTokens = ['authorize', 'token']

/**
 * The path below the endpoint; one that begins with the endpoint's own path already is taken as it is.
 * @throws Failure `invalid` for an endpoint that the provider does not have; with `proxy-not-allowed` for a path
 *   that leads out of it, in whatever way it is written, or to where tokens are made
 */
export function proxyAddress(
  { plugin, source }: SourceInfo,
  endpoints: Endpoints,
  { path, query, endpoint }: ProxyPlace,
): ProxyAddress {
  const allowed = askable(plugin.origins(endpoints), endpoints)
  const { endpoint: usual = 'api', siblings = [] } = plugin.proxy ?? {}
  const first = [source.endpoint ?? usual, ...allowed].find(name => allowed.includes(name))
  const name = endpoint ?? first
  if (name === undefined || !allowed.includes(name)) {
    const message = `${plugin.title} has no endpoint ${quote(name ?? '')} for requests: it has ${allowed.join(', ')}`
    throw new Failure('invalid', message)
  }
  const problem = problemOfPath(path)
  if (problem) throw notAllowed(`the path ${problem}`)
  const own = endpoints[name] ?? ''
  const bases = [own, ...siblings.map(sibling => own.replace(/[^/]+$/, sibling))]
  const whole = bases.find(
    base => `/${path}`.startsWith(`${new URL(base).pathname}/`) && new URL(base).pathname !== '/',
  )
  const base = whole ?? own
  const url = URL.parse(whole === undefined ? `${own}/${path}${query}` : `${new URL(whole).origin}/${path}${query}`)
  // Whatever the parser made of it: it is where it should be, or nowhere.
  if (!url?.href.startsWith(`${base}/`) || url.username !== '') throw notAllowed('the path leads out of the API')
  const tokenPlaces = ofTokens.flatMap(place => endpoints[place] ?? []).map(spelt)
  if (tokenPlaces.includes(spelt(url.origin + url.pathname))) throw notAllowed('tokens are made there')
  url.hash = ''
  const below = url.href.slice(base.length + 1).replace(/\?.*$/s, '')
  return {
    url: url.href,
    base,
    path: below,
    plainPath: spelt(below),
    parameters: [...url.searchParams.keys()],
  }
}

export function notAllowed(what: string): Failure {
  return new Failure('invalid', `the proxy does not send this: ${what}`, { problem: 'proxy-not-allowed' })
}

/** Names of endpoints that the bearer may go to. */
function askable(origins: readonly string[], endpoints: Endpoints): string[] {
  const own = new Set(origins.map(origin => new URL(origin).origin))
  return Object.keys(endpoints).filter(name => {
    const url = URL.parse(endpoints[name] ?? '')
    return !ofTokens.includes(name) && url !== null && own.has(url.origin)
  })
}

const mostLayers = 8

/** What is wrong with a path, however often its signs are escaped: servers on the way may resolve them once more. */
function problemOfPath(path: string): string | undefined {
  if (path.startsWith('/')) return 'begins with two slashes'
  if (/^[a-z][a-z0-9+.-]*:\/+/i.test(path)) return 'is an address of its own: give what follows the host'
  let text = path
  for (let layer = 0; layer < mostLayers; layer++) {
    if ([...text].some(sign => sign < ' ' || sign === '\x7f' || sign === '\\'))
      return 'has a backslash or a control character'
    if (text.split('/').some(segment => /^\.{1,2}(?:;.*)?$/.test(segment))) return 'has a segment of dots'
    const next = unescaped(text)
    if (next === text) return undefined
    // Two ways to write an ASCII sign in bytes that no UTF-8 has.
    if (/%c[01]/i.test(text)) return 'is not written in UTF-8'
    text = next
  }
  return 'is escaped too often'
}

/** An address or a path in one spelling, for comparing: without parameters and spaces at the end of its segments. */
function spelt(address: string): string {
  let plain = address
  for (let layer = 0; layer < mostLayers; layer++) plain = unescaped(plain)
  return plain
    .toLowerCase()
    .replace(/(?:;[^/]*|\s+)(?=\/|$)/g, '')
    .replace(/([^:])\/{2,}/g, '$1/')
    .replace(/^\/+|\/+$/g, '')
}

function unescaped(text: string): string {
  return text.replace(/%([\da-f]{2})/gi, (_match, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}
