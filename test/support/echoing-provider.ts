/**
 * A provider of every family that repeats what it was given wherever an answer has room for words: it is asked with
 * canaries, and nothing of them may come out of inlet.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { canary, longCanary } from './canary.ts'

/** What the provider knows of a request. */
interface Asked {
  /** The bearer, or at the token endpoint the refresh token. */
  token: string
  /** All there is: the body and the headers. */
  everything: string
  url: string
}

interface Echo {
  status: number
  headers?: Record<string, string>
  /** A string goes out as it is; `undefined` drops the connection. */
  body: unknown
}

type Manner = (asked: Asked) => Echo

/** Places where providers have their codes and sentences: OAuth's, Google's, Graph's, Asana's, Slack's, Notion's. */
function errors(token: string, code = token): object {
  return {
    ...{ ok: false, object: 'error', code, status: token, message: `no: ${token}`, error_description: token },
    ...{ error_subtype: token, suberror: token, error_uri: `https://x.example/${token}`, request_id: token },
    errors: [{ message: token, help: token, phrase: token }],
  }
}

const nested = (token: string) => ({
  code: token,
  message: token,
  status: token,
  errors: [{ reason: token, domain: token, message: token }],
  innerError: { code: token, message: token },
  details: [{ reason: token, '@type': token }],
})

const answered = (
  status: number,
  body: (asked: Asked) => unknown,
  headers?: (asked: Asked) => Record<string, string>,
) => {
  const manner: Manner = asked => ({ status, body: body(asked), ...(headers && { headers: headers(asked) }) })
  return manner
}

/** How the API answers. `{token}` in a path is the worst case: messages name paths. */
export const apiManners: Readonly<Record<string, Manner>> = {
  'a refusal whose code is the token': answered(401, ({ token }) => ({ ...errors(token), error: token })),
  'a refusal in an object': answered(401, ({ token }) => ({ ...errors(token), error: nested(token) })),
  'a refusal in headers': answered(
    401,
    ({ everything }) => everything,
    ({ token }) => ({ 'WWW-Authenticate': `Bearer error="${token}"`, 'X-Error': token }),
  ),
  'a prohibition': answered(403, ({ token }) => ({ ...errors(token), error: nested(token) })),
  'a mistake of ours': answered(400, ({ token }) => ({ ...errors(token), error: nested(token) })),
  'a mistake of ours, flat': answered(400, ({ token }) => ({ ...errors(token), error: token })),
  'nothing there': answered(404, ({ token }) => ({ ...errors(token), error: nested(token) })),
  'a status of its own': answered(418, ({ token }) => ({ ...errors(token), error: token })),
  'a good status that is none': answered(200, ({ token }) => ({ ...errors(token), error: token })),
  'a page of HTML': answered(200, ({ everything }) => `<h1>${everything}</h1>`),
  'JSON that breaks off': answered(200, ({ token }) => `{"error": ${token}`),
  trouble: answered(500, ({ token }) => ({ ...errors(token), error: nested(token) })),
  haste: answered(
    429,
    ({ token }) => ({ ...errors(token), error: token }),
    ({ token }) => ({ 'Retry-After': token }),
  ),
  'no answer': answered(200, () => undefined),
  'a way to elsewhere': answered(
    302,
    () => '',
    ({ token }) => ({ Location: `https://elsewhere.example/${token}?token=${token}` }),
  ),
  'a way with the token in its path, which ends nowhere': redirectTo('drop'),
  'a way with the token in its path, which is refused': redirectTo('refuse'),
  'a way with the token in its path, which leads to HTML': redirectTo('html'),
  'a way that is none': answered(
    302,
    () => '',
    ({ token }) => ({ Location: `http://${token}:x/${token}` }),
  ),
}

/** To an address of the same origin. */
function redirectTo(end: 'drop' | 'refuse' | 'html'): Manner {
  return ({ token, url }) => {
    const isThere = url.includes('/there/')
    if (!isThere) return { status: 302, headers: { Location: `/there/${token}/x?t=${token}` }, body: '' }
    if (end === 'drop') return { status: 200, body: undefined }
    if (end === 'html') return { status: 200, body: `<p>${token}</p>` }
    return { status: 400, body: { ...errors(token), error: nested(token) } }
  }
}

const issued = () => ({
  ...{
    ok: true,
    access_token: canary('issued-access'),
    refresh_token: longCanary('issued-refresh').replace(/[/+=~]/g, ''),
  },
  ...{ token_type: 'bearer', expires_in: 3600 },
})

/** How the token endpoint answers. */
export const tokenManners: Readonly<Record<string, Manner>> = {
  'new tokens': answered(200, issued),
  'tokens that cannot be': answered(200, ({ token }) => ({
    ...issued(),
    access_token: `${token}\n`,
    refresh_token: [token],
  })),
  'a type that is the token': answered(200, ({ token }) => ({ ...issued(), token_type: 'mac', scope: token })),
  'a code that is the token': answered(400, ({ token }) => ({ ...errors(token), error: token })),
  'a good status, and a code that is the token': answered(200, ({ token }) => ({ ...errors(token), error: token })),
  'invalid_grant with words': answered(400, ({ token }) => ({ ...errors(token), error: 'invalid_grant' })),
  'invalid_client with words': answered(401, ({ token }) => ({
    ...errors(token, 'unauthorized'),
    error: 'invalid_client',
  })),
  'an object for an error': answered(400, ({ token }) => ({ error: nested(token) })),
  'a page of HTML': answered(400, ({ everything }) => `<h1>${everything}</h1>`),
  trouble: answered(
    503,
    ({ token }) => ({ ...errors(token), error: token }),
    ({ token }) => ({ 'Retry-After': token }),
  ),
  'a way with the token in it': answered(
    307,
    () => '',
    ({ token }) => ({ Location: `/there/${token}?token=${token}` }),
  ),
  'no answer': answered(200, () => undefined),
}

export interface EchoingProvider {
  url: string
  api: Manner
  token: Manner
  /** The manners of its answers so far. */
  served: Manner[]
  /** Addresses that were asked for, but for those that the provider itself gave. */
  asked: string[]
  close(): Promise<void>
}

export async function startEchoingProvider(): Promise<EchoingProvider> {
  const server = createServer((incoming, outgoing) => {
    void read(incoming).then(asked => {
      if (!asked.url.includes('/there/')) provider.asked.push(asked.url)
      const isToken = asked.url.includes('/token')
      const manner = isToken ? provider.token : provider.api
      provider.served.push(manner)
      const { status, headers, body } = manner(asked)
      if (body === undefined) return void incoming.socket.destroy()
      const isText = typeof body === 'string'
      outgoing.writeHead(status, { 'Content-Type': isText ? 'text/html' : 'application/json', ...headers })
      outgoing.end(isText ? body : JSON.stringify(body))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const provider: EchoingProvider = {
    url: `http://127.0.0.1:${port}`,
    api: answered(401, () => ({})),
    token: answered(400, () => ({ error: 'invalid_grant' })),
    served: [],
    asked: [],
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return provider
}

async function read(incoming: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString()
  const authorization = incoming.headers.authorization ?? ''
  const bearer = /^Bearer (.+)$/.exec(authorization)?.[1]
  const refresh = body.startsWith('{') ? JSON.parse(body).refresh_token : new URLSearchParams(body).get('refresh_token')
  return {
    token: bearer ?? String(refresh ?? 'none'),
    everything: `${authorization} ${JSON.stringify(incoming.headers)} ${body}`,
    url: incoming.url ?? '/',
  }
}
