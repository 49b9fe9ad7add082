/** Which headers pass between a program and a provider. */

export type HeaderList = readonly (readonly [name: string, value: string])[]

/** Of one connection between two neighbours alone (RFC 9110, section 7.6.1). */
const ofConnection = [
  ...[
    'connection',
    'keep-alive',
    'proxy-connection',
    'proxy-authenticate',
    'proxy-authorization',
    'proxy-authentication-info',
  ],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade'],
]

/** Of the caller and inlet alone: keys, where a page of a browser came from, which way it took. */
const ofCaller = new Set([
  ...ofConnection,
  ...['host', 'authorization', 'x-api-key', 'cookie', 'cookie2', 'origin', 'referer', 'expect', 'content-length'],
  ...['forwarded', 'via', 'x-real-ip', 'true-client-ip', 'cf-connecting-ip', 'client-ip', 'http2-settings'],
  // What would make another request of it than the one that was looked at.
  ...['x-http-method', 'x-http-method-override', 'x-method-override'],
  // The answer is looked through for the token.
  'accept-encoding',
])

const ofCallerBeginning = /^(?:sec-|proxy-|x-forwarded-|x-inlet-|x-original-|x-rewrite-|access-control-request-)/

/** What would speak to the caller's browser in the name of our own origin. */
const ofProvider = new Set([
  ...ofConnection,
  ...['set-cookie', 'set-cookie2', 'clear-site-data', 'service-worker-allowed', 'refresh', 'sourcemap', 'x-sourcemap'],
  ...[
    'strict-transport-security',
    'public-key-pins',
    'expect-ct',
    'alt-svc',
    'nel',
    'report-to',
    'reporting-endpoints',
  ],
  ...['content-security-policy', 'content-security-policy-report-only', 'x-content-security-policy', 'x-frame-options'],
  ...['permissions-policy', 'feature-policy', 'referrer-policy', 'origin-agent-cluster', 'timing-allow-origin'],
  ...['cross-origin-resource-policy', 'cross-origin-opener-policy', 'cross-origin-embedder-policy', 'x-xss-protection'],
  ...[
    'document-policy',
    'speculation-rules',
    'supports-loading-mode',
    'accept-ch',
    'critical-ch',
    'x-content-type-options',
  ],
  ...['cache-control', 'expires', 'pragma', 'age', 'vary', 'via', 'server'],
])

/** A caller's headers as a provider gets them; what is given besides wins, what `defaults` names is added where it is missing. */
export function requestHeaders(
  given: HeaderList,
  defaults: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const named = namedByConnection(given)
  const passed: Record<string, string> = {}
  for (const [anyCase, value] of given) {
    const name = anyCase.toLowerCase()
    // To gateways that hand headers on as variables, as CGI does, both signs are the same.
    const plain = name.replaceAll('_', '-')
    if (ofCaller.has(plain) || ofCallerBeginning.test(plain) || named.has(name) || plain in own) continue
    passed[name] = name in passed ? `${passed[name]}, ${value}` : value
  }
  return { ...lowerCased(defaults), ...passed, ...own }
}

/** A provider's headers as a caller gets them, but for `location`, which is another matter. */
export function answerHeaders(given: HeaderList): HeaderList {
  const named = namedByConnection(given)
  return given.filter(
    ([name]) => !ofProvider.has(name) && !named.has(name) && !/^(?:access-control-|location$)/.test(name),
  )
}

export function headerOf(headers: HeaderList, name: string): string | undefined {
  return headers.find(([other]) => other.toLowerCase() === name)?.[1]
}

function namedByConnection(headers: HeaderList): Set<string> {
  const values = headers.filter(([name]) => name.toLowerCase() === 'connection').map(([, value]) => value)
  return new Set(values.flatMap(value => value.toLowerCase().split(',')).map(name => name.trim()))
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
