import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import type { Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Failure } from '../core/errors.ts'
import { answerHeaders } from './answer-headers.ts'
import { type Crowd, createCrowd } from './crowd.ts'
import { problemOf, refusal } from './problems.ts'
import { formProblem } from './request-form.ts'
import { TextResponse } from './text-response.ts'

export interface Listening {
  port: number
  /** Where we are to be reached, such as `http://localhost:8001`. */
  url: string
  /** Takes no new connection, and lets go of those without a request. */
  stop(): void
  /** Ends every connection, answered or not. */
  close(): Promise<void>
}

export interface Caller {
  /** The address that the connection comes from. */
  remoteAddress?: string | undefined
  /** The request may take as long as it takes to come, as long as it does come. */
  takesTime?(): void
  /** Ends the connection in the middle of the answer, so that nobody takes it for whole. */
  hangUp?(): void
}

export interface ListenOptions {
  fetch(request: Request, caller: Caller): Response | Promise<Response>
  /** `localhost` listens on both loopback addresses; an address or name on that alone. */
  host: string
  /** 0 takes a free one. */
  port: number
  limits?: Partial<Limits> | undefined
}

/** What one who asks may take up, in milliseconds, bytes and numbers. */
export interface Limits {
  /** Until the headers of a request have come, from its first byte or from the beginning of the connection. */
  headersMs: number
  /** Until the whole request has come, from the end of its headers; for what takes its time, between two pieces. */
  requestMs: number
  /** Between two requests of a connection. */
  idleMs: number
  /** How often the times above are looked at. */
  checkMs: number
  /** Of all headers of a request together, its first line included. */
  headerBytes: number
  headers: number
  connections: number
}

const defaultLimits: Limits = {
  headersMs: 20_000,
  requestMs: 60_000,
  idleMs: 10_000,
  checkMs: 5000,
  // A search for ten thousand emoji, in a URL: three characters for each of their bytes.
  headerBytes: 192 * 1024,
  headers: 200,
  connections: 2048,
}

/** Of connections that came at once, before they are taken; the system may allow fewer. */
const backlog = 4096
const freePortAttempts = 5

/** @throws Failure `bad_config` when the address cannot be listened on */
export async function listen(options: ListenOptions): Promise<Listening> {
  const limits = { ...defaultLimits, ...options.limits }
  const crowd = createCrowd(limits.connections, limits.requestMs)
  const site: Site = { listener: requestListener(options.fetch, crowd), limits, crowd }
  const servers =
    options.host === 'localhost'
      ? await listenOnLoopback(site, options.port)
      : [await start(site, bare(options.host), options.port)]
  const port = portOf(servers)
  // Node's own limit knows no request that may take its time.
  const watch = setInterval(() => {
    for (const socket of crowd.late()) refuseUnreadable('ERR_HTTP_REQUEST_TIMEOUT', socket, crowd)
  }, limits.checkMs)
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
      clearInterval(watch)
      await Promise.all(servers.map(closeServer))
    },
  }
}

type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => void

/** What the servers of both loopback addresses share. */
interface Site {
  listener: Listener
  limits: Limits
  crowd: Crowd
}

function requestListener(fetch: ListenOptions['fetch'], crowd: Crowd): Listener {
  const callerOf = (incoming: IncomingMessage, outgoing: ServerResponse): Caller => ({
    remoteAddress: incoming.socket?.remoteAddress,
    takesTime: () => crowd.takesTime(outgoing),
    hangUp: () => void outgoing.destroy(),
  })
  const listener = getRequestListener(
    (request, { incoming, outgoing }) =>
      send(
        fetch(request, callerOf(incoming as IncomingMessage, outgoing as ServerResponse)),
        outgoing as ServerResponse,
      ),
    {
      overrideGlobalObjects: false,
      errorHandler: () => {
        const { status, headers, body } = problemOf(unreadable(), 'query')
        return new Response(JSON.stringify(body), { status, headers })
      },
    },
  )
  return (incoming, outgoing) => {
    const problem = formProblem(incoming)
    if (problem) return refuse(problem, incoming, outgoing)
    for (const [name, value] of everyHeader) outgoing.setHeader(name, value)
    void listener(incoming, outgoing)
  }
}

/** Text goes out in one piece with its head; of anything else, the adapter makes what Node writes. */
async function send(answer: Response | Promise<Response>, outgoing: ServerResponse): Promise<Response> {
  const response = await answer
  if (!(response instanceof TextResponse)) return response
  const headers: OutgoingHttpHeaders = {}
  for (const [name, value] of response.headers)
    headers[name] = name === 'set-cookie' ? response.headers.getSetCookie() : value
  headers['content-length'] = Buffer.byteLength(response.content)
  outgoing.writeHead(response.status, headers).end(response.content)
  return RESPONSE_ALREADY_SENT
}

/** Answers, and ends the connection: where such a request ends and the next one begins is anyone's guess. */
function refuse(problem: Failure, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { status, headers, text } = written(problem)
  outgoing.writeHead(status, headers).end(text)
  incoming.resume()
}

/** On 127.0.0.1 and, where the machine has IPv6, on ::1 with the same port. */
async function listenOnLoopback(site: Site, port: number): Promise<Server[]> {
  for (let attempt = 1; ; attempt++) {
    const first = await start(site, '127.0.0.1', port)
    try {
      return [first, await start(site, '::1', portOf([first]))]
    } catch (error) {
      if (error instanceof Failure && noIpv6.includes(error.providerError ?? '')) return [first]
      await closeServer(first)
      if (port !== 0 || attempt === freePortAttempts) throw error
    }
  }
}

const noIpv6 = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT']

async function start({ listener, limits, crowd }: Site, host: string, port: number): Promise<Server> {
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: 0,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: limits.checkMs,
      // So that its absence is answered as every other mistake is.
      requireHostHeader: false,
    },
    listener,
  )
  server.maxHeadersCount = limits.headers
  crowd.watch(server)
  server.on('checkExpectation', (incoming, outgoing) => {
    refuse(refusal('bad-request', 'the header Expect takes 100-continue alone'), incoming, outgoing)
  })
  server.on('connect', (_incoming, socket) => socket.end(rawAnswer(unreadable())))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (socket.writable) refuseUnreadable(error.code ?? '', socket as Socket, crowd)
    else socket.destroy()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(refused(error, host, port)))
    server.listen({ host, port, exclusive: true, backlog }, resolve)
  })
  return server
}

/** What Node cannot read as HTTP is answered after what was asked before it on the same connection, or not at all. */
function refuseUnreadable(code: string, socket: Socket, crowd: Crowd): void {
  const end = () => void socket.end(rawAnswer(unreadables[code]?.() ?? unreadable()))
  const answer = crowd.lastAnswer(socket)
  if (!answer || answer.writableFinished) end()
  else if (answer.req.complete) answer.once('finish', end)
  else if (answer.headersSent) answer.writableEnded ? answer.once('finish', () => socket.end()) : socket.destroy()
  else end()
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

function unreadable(): Failure {
  return refusal('bad-request', 'the request is not written as HTTP/1.1 has it')
}

const unreadables: Readonly<Record<string, () => Failure>> = {
  HPE_HEADER_OVERFLOW: () => refusal('headers-too-large', 'the headers are larger than 192 KiB, or more than 200'),
  ERR_HTTP_REQUEST_TIMEOUT: () => refusal('request-timeout', 'the request did not come whole in time: send it again'),
}

/** Also of answers that no route makes. */
const ownHeaders = { ...answerHeaders, 'Cache-Control': 'no-store' }
const everyHeader = Object.entries(ownHeaders)

/** An answer in words of HTTP, for a connection of which Node has given up to read more. */
function rawAnswer(problem: Failure): string {
  const { status, headers, text } = written(problem)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', text].join('\r\n')
}

function written(problem: Failure) {
  const { status, headers, body } = problemOf(problem, 'query')
  const text = JSON.stringify(body)
  const length = { 'Content-Length': String(Buffer.byteLength(text)), Connection: 'close' }
  return { status, headers: { ...ownHeaders, ...headers, ...length }, text }
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
