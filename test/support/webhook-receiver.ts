/** A program that webhooks are sent to: it keeps what comes, and answers as the test says. */
import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Hook {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** A status with headers, or what a program that is broken does. */
export type Manner = number | 'hang' | 'reset' | 'hang_in_body' | { status: number; headers: Record<string, string> }

export interface WebhookReceiver {
  url: string
  hooks: Hook[]
  /** 204 to begin with. */
  manner: Manner
  /** Asked before each answer. */
  onHook: (hook: Hook) => void
  /** Resolves when so many have come. */
  until(count: number): Promise<void>
  close(): Promise<void>
}

/** @param port where it was before, for one that comes back */
export async function startWebhookReceiver(port = 0): Promise<WebhookReceiver> {
  let came = Promise.withResolvers<void>()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { url = '', headers } = request
    const hook = { path: `${request.method} ${url}`, headers, body: Buffer.concat(chunks).toString() }
    receiver.hooks.push(hook)
    receiver.onHook(hook)
    came.resolve()
    came = Promise.withResolvers()
    const { manner } = receiver
    if (manner === 'hang') return
    if (manner === 'reset') return request.socket.resetAndDestroy()
    if (manner === 'hang_in_body') return response.writeHead(200, { 'content-length': '10' }).write('he')
    const { status, headers: own } = typeof manner === 'number' ? { status: manner, headers: {} } : manner
    response.writeHead(status, own).end()
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    hooks: [],
    manner: 204,
    onHook() {},
    async until(count) {
      while (receiver.hooks.length < count) await came.promise
    },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return receiver
}
