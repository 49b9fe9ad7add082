/** undici, which is a hundred files: loaded with the first request, for who only reads what is there does without. */
import { createRequire } from 'node:module'

/**
 * What takes a few milliseconds each, in the order of what needs what. Asked for as a whole, all of it would be read
 * and compiled in one go, a tenth of a second in which nobody is answered.
 */
export const parts: readonly string[] = [
  'node:http2',
  'undici/lib/core/util.js',
  'undici/lib/core/diagnostics.js',
  'undici/lib/dispatcher/dispatcher-base.js',
  'undici/lib/dispatcher/client-h1.js',
  'undici/lib/dispatcher/client-h2.js',
  'undici/lib/dispatcher/client.js',
  'undici/lib/dispatcher/pool.js',
  'undici/lib/dispatcher/agent.js',
  'undici/lib/core/socks5-client.js',
  'undici/lib/dispatcher/proxy-agent.js',
  'undici/lib/api/index.js',
  'undici/lib/mock/mock-interceptor.js',
  'undici/lib/mock/mock-agent.js',
  'undici/lib/mock/snapshot-agent.js',
  'undici/lib/interceptor/dns.js',
  'undici/lib/interceptor/cache.js',
  'undici/lib/interceptor/decompress.js',
  'undici/lib/web/webidl/index.js',
  'undici/lib/web/fetch/util.js',
  'undici/lib/web/fetch/headers.js',
  'undici/lib/web/fetch/body.js',
  'undici/lib/web/fetch/response.js',
  'undici/lib/web/fetch/request.js',
  'undici/lib/web/fetch/index.js',
  'undici/lib/web/cache/cachestorage.js',
  'undici/lib/web/cookies/index.js',
  'undici/lib/web/websocket/websocket.js',
  'undici/lib/web/eventsource/eventsource.js',
]

let undici: Promise<typeof import('undici')> | undefined

export function loadUndici(): Promise<typeof import('undici')> {
  undici ??= loadInParts()
  return undici
}

async function loadInParts(): Promise<typeof import('undici')> {
  const require = createRequire(import.meta.url)
  for (const part of parts) {
    try {
      require(part)
    } catch {
      // A file of another name in a newer undici: the last step loads it, with the rest.
    }
    await new Promise(resolve => setImmediate(resolve))
  }
  return import('undici')
}
