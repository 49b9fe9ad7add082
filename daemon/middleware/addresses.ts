/** Paths, as requests and routes write them: what kind of address each one is, and which methods it takes. */
import { getPath } from 'hono/utils/url'
import { callbackPath } from '../own-origin.ts'
import { type App, statedNeeds } from '../routes/support.ts'

/** What a route states that a key must have for it. */
export type Needs = ReturnType<typeof statedNeeds> extends Map<string, infer Stated> ? Stated : never

export interface Addresses {
  /** Every route there is, its parameters as `:name`. */
  routes: readonly { method: string; path: string }[]
  /** The methods that routes take at a request's path, sorted; none where nothing is. */
  methodsAt(path: string): string[]
  /** What a route states that it takes, by its own path; `undefined` where it states nothing. */
  needsOf(method: string, path: string): Needs | undefined
  isRoute(method: string, path: string): boolean
}

/** Reads the routes of an application that has all of them. */
export function listAddresses(app: App): Addresses {
  const answered = app.routes.filter(({ method }) => method !== 'ALL')
  const routes = answered.map(({ method, path }) => ({ method, path: withoutPattern(path) }))
  const patterns = answered.map(({ method, path }) => ({ method, fits: matcher(path) }))
  const needed = statedNeeds(app)
  return {
    routes,
    methodsAt(path) {
      const methods = new Set(patterns.filter(({ fits }) => fits(path)).map(({ method }) => method))
      if (methods.has('GET')) methods.add('HEAD')
      return [...methods].sort()
    },
    needsOf: (method, path) => needed.get(`${method} ${path}`),
    isRoute: (method, path) => routes.some(route => route.method === method && route.path === path),
  }
}

/** Every address answers with and without a slash at its end. */
export function pathWithoutSlash(request: Request): string {
  const path = getPath(request)
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

/** A route as it is described: a parameter with a pattern is a parameter. */
export function withoutPattern(path: string): string {
  return path.replace(/\{[^}]+\}/, '')
}

/** What a provider answers, and no browser shows to a person. */
export function isProxied(path: string): boolean {
  return path === '/proxy' || path.startsWith('/proxy/')
}

/** Where a provider's page sends the browser back to, and what that page asks; guarded by `state` and decision. */
export function isLanding(method: string, path: string): boolean {
  if (method === 'GET') return path === callbackPath
  return method === 'POST' && path === `${callbackPath}/decision`
}

export function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

function matcher(path: string): (given: string) => boolean {
  const pattern = path.replace(/:\w+(\{[^}]+\})?|[.*+?^$()|[\]\\]/g, (found, rest) => {
    if (!found.startsWith(':')) return `\\${found}`
    return rest ? rest.slice(1, -1) : '[^/]+'
  })
  const expression = new RegExp(`^${pattern}$`)
  return given => expression.test(given)
}
