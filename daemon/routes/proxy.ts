import { z } from 'zod'
import { Failure } from '../../core/errors.ts'
import { notAllowed } from '../../core/proxy-address.ts'
import type { HeaderList } from '../../core/proxy-headers.ts'
import type { Caller } from '../listen.ts'
import { refusal } from '../problems.ts'
import { idParameterOf } from '../schemas/common.ts'
import { type App, needs, problemAnswers, type RouteContext } from './support.ts'

/** HEAD comes with GET. */
const methods = ['get', 'post', 'put', 'patch', 'delete'] as const

/** Where a page of a provider must not be anything in a browser: it is shown under our own address. */
const policy = "sandbox; default-src 'none'; frame-ancestors 'none'"

/** An address as it came: the way to a connection's proxy, the connection, what is asked there, the query. */
const target = /^[^?#]*?:\/\/[^/?#]*(\/proxy\/([^/?#]+))\/([^?#]*)(\?[^#]*)?/

/** Status of an answer that nobody waits for any more; never seen. */
const callerGone = 499

export function addProxyRoutes(app: App, { closing }: RouteContext): void {
  const verbs = methods.map(method => method.toUpperCase())
  // Also line ends, which a dot would not stand for.
  app.on(verbs, '/proxy/:connection_id/:path{[\\s\\S]+}', async context => {
    const { raw, method } = context.req
    if (/^websocket$/i.test(raw.headers.get('upgrade') ?? '')) throw notAllowed('it cannot become a web socket')
    const [, prefix = '', connectionId = '', path = '', query = ''] = target.exec(raw.url) ?? []
    // An upload takes as long as it takes.
    if (raw.body) context.env.takesTime?.()
    try {
      const { status, headers, body } = await context.var.inlet.proxy(connectionId, {
        ...{ method, path, query, prefix, headers: [...raw.headers] },
        body: raw.body ?? undefined,
        endpoint: raw.headers.get('x-inlet-endpoint') ?? undefined,
        signal: AbortSignal.any([raw.signal, closing]),
      })
      return new Response(body && unbroken(body, context.env), { status, headers: written(headers) })
    } catch (error) {
      if (raw.signal.aborted) return new Response(null, { status: callerGone })
      if (closing.aborted) throw new Failure('closing', 'inlet is shutting down: ask again in a few seconds')
      if (context.var.access.ended?.aborted)
        throw refusal('unauthorized', 'this API key has ended or was taken back meanwhile')
      throw error
    }
  })
  for (const method of methods) app.openAPIRegistry.registerPath(described(method))
}

function written(given: HeaderList): Headers {
  const headers = new Headers({ 'Content-Security-Policy': policy, 'Cache-Control': 'no-store', Via: '1.1 inlet' })
  for (const [name, value] of given) headers.append(name, latin1(value))
  return headers
}

/** Headers are bytes; what a provider wrote in UTF-8 goes on as it came. */
function latin1(value: string): string {
  return [...value].some(sign => sign > '\xff') ? Buffer.from(value).toString('latin1') : value
}

/** An answer that breaks off must not look as if it had ended: the connection does. */
function unbroken(body: ReadableStream<Uint8Array>, { hangUp }: Caller): ReadableStream<Uint8Array> {
  if (!hangUp) return body
  const reader = body.getReader()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await reader.read().catch(() => undefined)
        if (next === undefined) hangUp()
        else if (next.done) controller.close()
        else controller.enqueue(next.value)
      },
      cancel: reason => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

const anything = { '*/*': { schema: {}, example: '{"ok":true}' } }

function described(method: (typeof methods)[number]) {
  const theirs = { description: "The provider's own answer", content: anything }
  return {
    method,
    path: '/proxy/{connection_id}/{path}',
    operationId: `${method}AtProvider`,
    tags: ['Proxy'],
    summary: `Ask the provider itself: ${method.toUpperCase()}, with the connection's token added`,
    description:
      "Sends the request to the provider's API with the connection's token in the place of the API key, and streams its answer back. The path is the one of the provider's own documentation, slashes and all. Requests that may change something are refused unless `proxy.write` is set in the configuration. An answer with the header `Via: 1.1 inlet` is the provider's; one without is inlet's own. A browser's session does not do here: send an API key.",
    ...needs('admin'),
    request: {
      params: z.object({
        connection_id: idParameterOf('The connection whose provider is asked'),
        path: z.string().min(1).meta({ description: "Below the provider's endpoint, such as `users/me/profile`" }),
      }),
      headers: z.object({
        'x-inlet-endpoint': z
          .string()
          .optional()
          .meta({ description: 'Another endpoint of the provider, by its name in the configuration, such as `api`' }),
      }),
      ...(method !== 'get' && { body: { description: 'Whatever the provider takes', content: anything } }),
    },
    responses: {
      ...{ '2XX': theirs, '3XX': theirs, '4XX': theirs, '5XX': theirs },
      ...problemAnswers(
        ...(['unknown-connection', 'pending-auth', 'proxy-read-only', 'proxy-not-allowed'] as const),
        ...(['token-refresh-failed', 'provider-unreachable', 'provider-busy', 'vault-locked'] as const),
      ),
    },
  }
}
