/** The order at the door: what is asked of a request, and of its caller, before a route sees it. */
import type { Context } from 'hono'
import { routePath } from 'hono/route'
import { requireEverything, requireScope } from '../../core/access.ts'
import { Failure, isFailure, toFailure } from '../../core/errors.ts'
import type { Inlet } from '../../core/inlet.ts'
import { limitInlet } from '../../core/limit-inlet.ts'
import { isOpenPage } from '../dashboard/open-pages.ts'
import { type Admitted, type Guards, owner } from '../guards.ts'
import type { AppEnv } from '../routes/support.ts'
import { type Addresses, isLanding, isProxied, isRead, withoutPattern } from './addresses.ts'

export interface DoorOptions {
  inlet: Inlet
  guards: Guards
  /** Aborted when the daemon begins to stop. */
  closing: AbortSignal
  /** Where browsers reach us. */
  origin(): string
  /** The routes behind the door, which are added after it. */
  addresses(): Addresses
}

export interface Door {
  /**
   * Lets a request on to its route, with what its caller may do and see; or answers by itself.
   * @throws Failure why it is not let in
   */
  admit(context: Context<AppEnv>, next: () => Promise<void>): Promise<Response | undefined>
  /** Lets the page that asked read the answer, where another site's may. */
  share(context: Context): void
}

export function createDoor({ inlet, guards, closing, origin, addresses }: DoorOptions): Door {
  /** Requests of a product's page to its own white label. */
  const guests = new WeakSet<Context>()

  return {
    async admit(context, next) {
      const { method, path } = context.req
      const header = (name: string) => context.req.header(name)
      if (closing.aborted && path !== '/healthz')
        throw new Failure('closing', 'inlet is shutting down: ask again in a few seconds')
      const host = header('host')
      const site = isLanding(method, path) ? undefined : header('sec-fetch-site')
      const stranger = guards.host(host)
      if (stranger) throw stranger
      if (await isGuest(path, header('origin'))) guests.add(context)
      else {
        const foreigner = guards.origin({ origin: header('origin'), site, host })
        if (foreigner) throw foreigner
      }
      const isPage = wantsPage(context)
      if (isPage && isRead(method) && !isLanding(method, path) && guards.isOtherName(host, origin())) {
        const { pathname, search } = new URL(context.req.url)
        return context.redirect(origin() + pathname + search, 307)
      }
      // Browsers ask before they send a key, and without one.
      const asksAhead = method === 'OPTIONS' && header('access-control-request-method') !== undefined
      if (asksAhead && mayRead(context)) return preflight(context)
      const [apiKey, authorization, cookie] = [header('x-api-key'), header('authorization'), header('cookie')]
      const browser = {
        // A page of a provider, were one led here, would have the session's rights.
        cookie: isProxied(path) ? undefined : cookie,
        ...{ method, origin: header('origin'), site: header('sec-fetch-site') },
      }
      const caller = isOpen(method, path) ? owner : guards.caller({ apiKey, authorization, ...browser })
      const refused = caller instanceof Failure ? caller : notAllowed(context, caller)
      if (refused?.problem === 'unauthorized' && isPage) return context.redirect('/sign-in', 303)
      if (refused) throw refused
      const { access } = caller as Admitted
      context.set('access', access)
      context.set('inlet', limitInlet(inlet, access))
      await next()
      return undefined
    },
    share(context) {
      const asking = context.req.header('origin')
      if (asking === undefined || !mayRead(context)) return
      const { headers } = context.res
      headers.set('Access-Control-Allow-Origin', asking)
      // What a provider's answer has, its clients look for.
      headers.set('Access-Control-Expose-Headers', isProxied(context.req.path) ? '*' : 'Allow, Retry-After')
      headers.append('Vary', 'Origin')
    },
  }

  /** Whether it is a page of another site that may ask, and read what it is answered. */
  function mayRead(context: Context): boolean {
    return guests.has(context) || guards.foreign(context.req.header('origin'))
  }

  /** What a route states that it takes; one that states nothing takes the owner's key. */
  function notAllowed(context: Context, { access, isOwner }: Admitted): Failure | undefined {
    if (isOwner) return undefined
    const method = context.req.method === 'HEAD' ? 'GET' : context.req.method
    const path = withoutPattern(routePath(context, -1))
    if (!addresses().isRoute(method, path)) return undefined
    const stated = addresses().needsOf(method, path)
    try {
      if (!stated) throw new Failure('forbidden', "this takes the owner's key, which is in the data folder")
      requireScope(access, stated.scope)
      if (stated.reach) requireEverything(access)
      return undefined
    } catch (error) {
      return toFailure(error)
    }
  }

  /** The pages of a product may ask two addresses of its own white label. */
  async function isGuest(path: string, asking: string | undefined): Promise<boolean> {
    const id = /^\/white-labels\/([0-9a-f-]{36})\/oauth2\/(?:auth_url|code)$/i.exec(path)?.[1]
    if (id === undefined || asking === undefined) return false
    const whiteLabel = await inlet.whiteLabels.get(id).catch((error: unknown) => {
      if (isFailure(error, 'not_found')) return undefined
      throw error
    })
    return whiteLabel?.allowedOrigins.includes(asking) ?? false
  }

  function preflight(context: Context): Response {
    const headers = {
      'Access-Control-Allow-Methods': addresses().methodsAt(context.req.path).join(', '),
      'Access-Control-Allow-Headers': headersAllowed(context),
      'Access-Control-Max-Age': '600',
    }
    return new Response(null, { status: 204, headers })
  }
}

/**
 * Whether it is a browser that shows the answer to a person; a program that takes anything gets JSON, and so does one
 * that asks a provider through the proxy.
 */
export function wantsPage(context: Context): boolean {
  if (isProxied(context.req.path)) return false
  return context.req.header('accept')?.includes('text/html') ?? false
}

/** What pages of other origins may send, where those are allowed; the last line is the Model Context Protocol's. */
const allowedHeaders = [
  ...['Authorization', 'Content-Type', 'Last-Event-ID', 'X-API-Key'],
  ...['MCP-Protocol-Version', 'Mcp-Method', 'Mcp-Name', 'Mcp-Session-Id'],
]

/** A provider's clients have headers of their own: through the proxy a page may send what it asks to. */
function headersAllowed(context: Context): string {
  const asked = context.req.header('access-control-request-headers') ?? ''
  const isList = /^[\w-]+(?: *, *[\w-]+)*$/.test(asked)
  return isProxied(context.req.path) && isList ? asked : allowedHeaders.join(', ')
}

function isOpen(method: string, path: string): boolean {
  if (isOpenPage(method, path)) return true
  if (isLanding(method, path)) return true
  if (!isRead(method)) return false
  if (path === '/healthz' || path === '/openapi.json') return true
  return ['/problems', '/docs'].some(open => path === open || path.startsWith(`${open}/`))
}
