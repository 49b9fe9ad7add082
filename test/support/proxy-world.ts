/** A daemon whose providers are wherever a test says, and connections that a program asks through. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect as connectSocket } from 'node:net'
import { onTestFinished } from 'vitest'
import { type Answer, startTestDaemon, type TestDaemon } from '../daemon/harness.ts'

export interface ProxyWorld {
  daemon: TestDaemon
  /** A connection that has not run. @returns where its provider is asked, without a slash at the end */
  connect(shortName: string, authFields?: Record<string, string>): Promise<{ id: string; url: string; path: string }>
}

/** Until the end of the test. @param endpoints by family */
export async function startProxyWorld(
  endpoints: Readonly<Record<string, Readonly<Record<string, string>>>>,
  config: object = {},
): Promise<ProxyWorld> {
  const client = { clientId: 'client-id', clientSecret: 'client-secret' }
  const providers = Object.fromEntries(
    Object.entries(endpoints).map(([id, places]) => [id, { ...client, endpoints: places }]),
  )
  const daemon = await startTestDaemon({ config: { providers, ...config } })
  onTestFinished(() => daemon.close())
  return {
    daemon,
    async connect(shortName, authFields = { access_token: 'good-token' }) {
      const body = { short_name: shortName, auth_fields: authFields, sync_immediately: false }
      const { status, body: made, text } = await daemon.ask('POST', '/source-connections', { body })
      if (status !== 201) throw new Error(`not made: ${text}`)
      const { id } = made as { id: string }
      return { id, path: `/proxy/${id}`, url: `${daemon.url}/proxy/${id}` }
    },
  }
}

export interface Upstream {
  url: string
  requests: { method: string; url: string; headers: IncomingMessage['headers'] }[]
  /** Connections that are open. */
  connections(): Promise<number>
}

export type UpstreamHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => void

/** A provider in the test's own words, until the end of the test. */
export async function startUpstream(handler: UpstreamHandler): Promise<Upstream> {
  const requests: Upstream['requests'] = []
  const server = createServer((incoming, outgoing) => {
    requests.push({ method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers })
    handler(incoming, outgoing)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
  }
}

/** The body of a request, whole. */
export async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** As long as one of Google's, with signs that escapes are for. */
export const token = 'ya29.a0-TheTokenOfThisTest_0123456789/abcdefghijklmnopqrstuvwxyz+ABCDEFGH=='

/** A daemon with a connection of Google's, whose API is what the test says. */
export async function startProxy(
  handler: UpstreamHandler,
  options: { config?: object; fields?: Record<string, string> } = {},
) {
  const upstream = await startUpstream(handler)
  const google = { api: `${upstream.url}/api`, gmail: upstream.url, token: `${upstream.url}/oauth/token` }
  const world = await startProxyWorld({ google }, options.config)
  const made = await world.connect('gmail', { access_token: token, ...options.fields })
  return { ...world, ...made, upstream }
}

export const ok: UpstreamHandler = (incoming, outgoing) => {
  incoming.resume()
  outgoing.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
}

/** The status and the problem of an answer that is inlet's own. */
export function problemOf({ status, body, headers }: Answer) {
  if (headers.has('via')) throw new Error("the answer is the provider's")
  return [status, (body as { type?: string }).type?.replace('/problems/', '')]
}

/** As it is written: clients resolve dots before they ask. */
export async function rawStatus(port: number, key: string, target: string): Promise<number> {
  const socket = connectSocket(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost:${port}\r\nX-API-Key: ${key}\r\nConnection: close\r\n\r\n`)
  let text = ''
  for await (const chunk of socket) text += chunk
  return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])
}
