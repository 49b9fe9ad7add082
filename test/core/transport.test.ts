import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createTransport, type StreamTransport } from '../../core/transport.ts'

let server: Server
let transport: StreamTransport
let sockets: Socket[]
let requests: string[]
/** What is sent for each request, the socket to do with as it likes. */
let answer: (socket: Socket) => void

beforeEach(async () => {
  sockets = []
  requests = []
  transport = createTransport()
  server = createServer(socket => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', bytes => {
      requests.push(bytes.toString())
      answer(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(async () => {
  await transport.close()
  for (const socket of sockets) socket.destroy()
  server.close()
})

const signal = () => new AbortController().signal

function send(options: { maxBytes?: number; signal?: AbortSignal } = {}) {
  const { port } = server.address() as AddressInfo
  return transport.send({
    ...{ method: 'GET', url: `http://127.0.0.1:${port}/a/b?c=d#e`, headers: { 'x-one': '1' } },
    ...{ maxBytes: 1000, signal: signal(), ...options },
  })
}

async function closed(socket: Socket | undefined): Promise<void> {
  if (socket && !socket.closed) await new Promise(resolve => socket.once('close', resolve))
  expect(socket?.destroyed).toBe(true)
}

function text(body: Uint8Array): string {
  return Buffer.from(body).toString()
}

it('takes a body that comes in pieces, after answers that are none yet', async () => {
  answer = socket => {
    socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n')
    socket.write('HTTP/1.1 200 OK\r\nX-Two: a\r\nx-two: b\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n')
    setImmediate(() => socket.write('3\r\ntwo\r\n0\r\n\r\n'))
  }
  const { status, headers, body } = await send()
  expect([status, headers['x-two'], headers.link, text(body)]).toEqual([200, 'a, b', undefined, 'onetwo'])
  expect(requests[0]).toMatch(/^GET \/a\/b\?c=d HTTP\/1\.1\r\n/)
  expect(requests[0]).toContain('x-one: 1\r\n')
})

it('keeps connections for the next requests', async () => {
  answer = socket => socket.write('HTTP/1.1 204 No Content\r\n\r\n')
  for (let index = 0; index < 6; index++) expect((await send()).body).toHaveLength(0)
  expect(requests).toHaveLength(6)
  // One is free again only when the turn of the loop is over in which its answer came.
  expect(sockets.length).toBeLessThan(3)
})

it('calls an answer that breaks off incomplete', async () => {
  answer = socket => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf')
  await expect(send()).rejects.toMatchObject({ code: 'unavailable' })
  answer = socket => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n')
  await expect(send()).rejects.toMatchObject({ code: 'unavailable' })
  answer = socket => socket.end('no HTTP')
  await expect(send()).rejects.toMatchObject({ code: 'unavailable' })
})

it('gives up an answer that is too long, and its connection', async () => {
  answer = socket => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n${'x'.repeat(1001)}`)
  await expect(send()).rejects.toMatchObject({ code: 'item_unreadable' })
  await closed(sockets[0])
})

it('ends with its caller’s reason: before it is sent, while nothing comes, and within the body', async () => {
  const reason = new Error('enough')
  await expect(send({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  expect(requests).toEqual([])

  const given: AbortController[] = []
  const starts = ['', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf']
  for (const start of starts) {
    const controller = new AbortController()
    given.push(controller)
    answer = socket => {
      socket.write(start)
      setImmediate(() => controller.abort(reason))
    }
    await expect(send({ signal: controller.signal })).rejects.toBe(reason)
  }
  expect(given).toHaveLength(2)
  expect(requests).toHaveLength(2)
  for (const socket of sockets.slice(0, 2)) await closed(socket)
})

it('is not sent any more where it was given up while it waited for a connection', async () => {
  answer = socket => socket.write('HTTP/1.1 204 No Content\r\n\r\n')
  await send()
  const controller = new AbortController()
  const sent = Array.from({ length: 3 }, () => send({ signal: controller.signal }))
  controller.abort(new Error('enough'))
  for (const one of sent) await expect(one).rejects.toThrow('enough')
  await send()
  expect(requests).toHaveLength(2)
})

it('holds no more of a body in very small pieces than it is', async () => {
  const pieces = 200_000
  answer = socket => {
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
    socket.end(`${'1\r\nx\r\n'.repeat(pieces)}0\r\n\r\n`)
  }
  const concat = vi.spyOn(Buffer, 'concat')
  const { body } = await send({ maxBytes: pieces })
  expect(text(body)).toBe('x'.repeat(pieces))
  // What is joined in the end.
  expect(concat.mock.calls.at(-1)?.[0].length).toBeLessThan(1000)
  concat.mockRestore()
})

it('leaves nothing with the signal of a long run', async () => {
  answer = socket => socket.write('HTTP/1.1 204 No Content\r\n\r\n')
  const { signal: long } = new AbortController()
  let listeners = 0
  const { addEventListener, removeEventListener } = long
  long.addEventListener = (...words: Parameters<typeof addEventListener>) => {
    listeners++
    addEventListener.apply(long, words)
  }
  long.removeEventListener = (...words: Parameters<typeof removeEventListener>) => {
    listeners--
    removeEventListener.apply(long, words)
  }
  for (let index = 0; index < 3; index++) await send({ signal: long })
  answer = socket => socket.destroy()
  await expect(send({ signal: long })).rejects.toMatchObject({ code: 'unavailable' })
  expect(listeners).toBe(0)
})
