/**
 * A request that ends with another one's signal, for as long as that signal may be heard. Node holds a request's own
 * signal to the given one by a weak reference: who keeps the signal alone, as libraries do, would never hear of the end
 * once the request is out of memory.
 */
export function followingRequest(url: string, init: RequestInit & { signal: AbortSignal }): Request {
  const request = new Request(url, init)
  const kept = new Set([request])
  init.signal.addEventListener('abort', () => kept.clear(), { once: true })
  return request
}
