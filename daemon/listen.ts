import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Failure } from '../core/errors.ts'
import { answerHeaders } from './answer-headers.ts'
import { problemOf, refusal } from './problems.ts'

export interface Listening {
  port: number
  /** Where we are to be reached, such as `http://localhost:8001`. */
  url: string
  /** Takes no new connection, and lets go of those without a request. */
  stop(): void
  /** Ends every connection, answered or not. */
  close(): Promise<void>
}

export interface ListenOptions {
  fetch(request: Request): Response | Promise<Response>
  /** `localhost` listens on both loopback addresses; an address or name on that alone. */
  host: string
  /** 0 takes a free one. */
  port: number
}

/** A search for ten thousand emoji, in a URL: three characters for each of their bytes. */
const maxHeaderSize = 192 * 1024
const freePortAttempts = 5

/** @throws Failure `bad_config` when the address cannot be listened on */
export async function listen(options: ListenOptions): Promise<Listening> {
  const listener = requestListener(options.fetch)
  const servers =
    options.host === 'localhost'
      ? await listenOnLoopback(listener, options.port)
      : [await start(listener, bare(options.host), options.port)]
  const port = portOf(servers)
  return {
    port,
    url: `http://${options.host.includes(':') ? `[${bare(options.host)}]` : options.host}:${port}`,
    stop() {
      for (const server of servers) {
        server.close()
        server.closeIdleConnections()
      }
    },
    async close() {
      await Promise.all(servers.map(closeServer))
    },
  }
}

type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => void

function requestListener(fetch: ListenOptions['fetch']): Listener {
  const listener = getRequestListener(request => fetch(request), {
    overrideGlobalObjects: false,
    errorHandler: () => {
      const { status, headers, body } = problemOf(
        refusal('bad-request', 'the address or the Host header of the request cannot be read'),
        'query',
      )
      return new Response(JSON.stringify(body), { status, headers })
    },
  })
  return (incoming, outgoing) => {
    for (const [name, value] of Object.entries(answerHeaders)) outgoing.setHeader(name, value)
    void listener(incoming, outgoing)
  }
}

/** On 127.0.0.1 and, where the machine has IPv6, on ::1 with the same port. */
async function listenOnLoopback(listener: Listener, port: number): Promise<Server[]> {
  for (let attempt = 1; ; attempt++) {
    const first = await start(listener, '127.0.0.1', port)
    try {
      return [first, await start(listener, '::1', portOf([first]))]
    } catch (error) {
      if (error instanceof Failure && noIpv6.includes(error.providerError ?? '')) return [first]
      await closeServer(first)
      if (port !== 0 || attempt === freePortAttempts) throw error
    }
  }
}

const noIpv6 = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT']

async function start(listener: Listener, host: string, port: number): Promise<Server> {
  const server = createServer(
    { maxHeaderSize, headersTimeout: 20_000, requestTimeout: 60_000, keepAliveTimeout: 10_000 },
    listener,
  )
  server.on('clientError', (error, socket) => {
    if (socket.writable) socket.end(unreadable('code' in error ? String(error.code) : ''))
    else socket.destroy()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(refused(error, host, port)))
    server.listen({ host, port, exclusive: true }, resolve)
  })
  return server
}

function refused(error: Error, host: string, port: number): Failure {
  const code = 'code' in error ? String(error.code) : 'unknown error'
  const hint: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program has it; stop that one, or set server.port or INLET_PORT',
    EACCES: 'this port needs rights we do not have; set server.port above 1023',
    ENOTFOUND: 'no such host is known; check server.host',
  }
  const message = `cannot listen on ${host} port ${port}: ${hint[code] ?? code}`
  return new Failure('bad_config', message, { cause: error, providerError: code })
}

const unreadableStatuses: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** The answer to what Node cannot read as HTTP, with the headers of any other. */
function unreadable(code: string): string {
  return [
    `HTTP/1.1 ${unreadableStatuses[code] ?? '400 Bad Request'}`,
    ...Object.entries(answerHeaders).map(([name, value]) => `${name}: ${value}`),
    'Content-Length: 0',
    'Connection: close',
    '',
    '',
  ].join('\r\n')
}

function portOf(servers: readonly Server[]): number {
  const address = servers[0]?.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>(resolve => {
    if (!server.listening) resolve()
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}
