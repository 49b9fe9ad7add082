/** Bodies pass through the proxy as they come, both ways: not kept, not waited for, and never whole where they broke off. */
import { once } from 'node:events'
import { type ClientRequest, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bodyOf, startProxy, type UpstreamHandler } from '../../support/proxy-world.ts'

const config = { proxy: { write: true } }
const piece = Buffer.alloc(64 * 1024, 'x')

/** A caller that reads and writes at a pace of its own. */
async function caller(method: string, handler: UpstreamHandler, headers: Record<string, string | number> = {}) {
  const { daemon, url, upstream } = await startProxy(handler, { config })
  const asking = httpRequest(`${url}/x`, { method, headers: { 'x-api-key': daemon.key, ...headers } })
  asking.on('error', () => {})
  onTestFinished(() => void asking.destroy())
  return { daemon, asking, upstream }
}

async function answerOf(asking: ClientRequest): Promise<IncomingMessage> {
  const [answer] = (await once(asking, 'response')) as [IncomingMessage]
  return answer
}

/** What a test hands over from the provider. */
function handed<Value>() {
  const { promise, resolve } = Promise.withResolvers<Value>()
  return { take: promise, give: resolve }
}

describe('an answer', () => {
  it('comes piece by piece, each as soon as the provider sends it', async () => {
    const provider = handed<ServerResponse>()
    const { asking } = await caller('GET', (_incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      provider.give(outgoing)
    })
    asking.end()
    const [outgoing, answer] = await Promise.all([provider.take, answerOf(asking)])
    const seen: string[] = []
    const pieces = answer[Symbol.asyncIterator]()
    for (const text of ['data: one\n\n', 'data: two\n\n', 'data: ya29.a0-TheTok\n\n']) {
      outgoing.write(text)
      // The beginning of the token is held back until it is known to be something else.
      if (text.includes('ya29')) outgoing.write('data: end\n\n')
      seen.push(String((await pieces.next()).value))
    }
    outgoing.end()
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) seen.push(String(next.value))
    expect(seen.slice(0, 2)).toEqual(['data: one\n\n', 'data: two\n\n'])
    expect(seen.slice(2).join('')).toBe('data: ya29.a0-TheTok\n\ndata: end\n\n')
  })

  it('is read from the provider only as fast as the caller reads it', async () => {
    const pieces = 640
    let sent = 0
    const stalled = handed<void>()
    const { asking } = await caller('GET', async (_incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-length': String(pieces * piece.length) })
      while (sent < pieces) {
        sent++
        if (!outgoing.write(piece)) {
          // Full: whoever is not drained within a moment is waiting for the caller.
          const drained = once(outgoing, 'drain').then(() => true)
          const isMoving = await Promise.race([drained, quiet().then(() => false)])
          if (!isMoving) stalled.give()
          await drained
        }
      }
      outgoing.end()
    })
    asking.end()
    const answer = await answerOf(asking)
    await stalled.take
    expect(sent).toBeGreaterThan(0)
    expect(sent * piece.length).toBeLessThan(24 * 1024 * 1024)
    let length = 0
    for await (const chunk of answer) length += (chunk as Buffer).length
    expect([length, sent]).toEqual([pieces * piece.length, pieces])
    expect(answer.complete).toBe(true)
  })

  it.each([
    ['with a length', { 'content-length': '1000000' }],
    ['without one', {}],
  ])('that the provider breaks off, %s, does not look as if it were whole', async (_what, headers) => {
    const { asking, daemon } = await caller('GET', (incoming, outgoing) => {
      outgoing.writeHead(200, headers)
      outgoing.write('the beginning', () => setTimeout(() => incoming.socket.destroy(), 50))
    })
    asking.end()
    const answer = await answerOf(asking)
    let text = ''
    const failure = await (async () => {
      for await (const chunk of answer) text += chunk
    })().catch((error: NodeJS.ErrnoException) => error.code)
    expect([text, failure, answer.complete]).toEqual(['the beginning', 'ECONNRESET', false])
    expect(daemon.printed.join('\n')).not.toContain('"level":"error"')
  })

  it('that nobody waits for any more ends at the provider too', async () => {
    const closed = handed<void>()
    const { asking } = await caller('GET', (_incoming, outgoing) => {
      outgoing.on('close', () => closed.give())
      outgoing.writeHead(200).write('the beginning')
    })
    asking.end()
    const answer = await answerOf(asking)
    await once(answer, 'data')
    asking.destroy()
    await closed.take
  })

  it('that has not begun when its caller goes is given up', async () => {
    const [arrived, closed] = [handed<void>(), handed<void>()]
    const { asking, daemon } = await caller('GET', (_incoming, outgoing) => {
      outgoing.on('close', () => closed.give())
      arrived.give()
    })
    asking.end()
    await arrived.take
    asking.destroy()
    await closed.take
    expect(daemon.printed.join('\n')).not.toContain('"level":"error"')
  })

  it('that has not begun when inlet stops is given up, and says so', async () => {
    const [arrived, closed] = [handed<void>(), handed<void>()]
    const { asking, daemon } = await caller('GET', (_incoming, outgoing) => {
      outgoing.on('close', () => closed.give())
      arrived.give()
    })
    asking.end()
    await arrived.take
    const answered = answerOf(asking)
    await Promise.all([daemon.stop(), closed.take])
    const answer = await answered
    expect([answer.statusCode, JSON.parse(String(await bodyOf(answer)))]).toMatchObject([
      503,
      { type: '/problems/shutting-down' },
    ])
    expect(daemon.printed.join('\n')).not.toContain('"level":"error"')
  })

  it('that has not begun when its key is revoked is given up, and says so', async () => {
    const [arrived, closed] = [handed<void>(), handed<void>()]
    const { daemon, path } = await startProxy((_incoming, outgoing) => {
      outgoing.on('close', () => closed.give())
      arrived.give()
    })
    const made = await daemon.ask('POST', '/keys', { body: { name: 'Short', scope: 'admin' } })
    const { key, id } = made.body as { key: string; id: string }
    const asking = daemon.ask('GET', `${path}/x`, { headers: { 'X-API-Key': key } })
    await arrived.take
    await daemon.ask('DELETE', `/keys/${id}`)
    await closed.take
    const { status, body } = await asking
    expect([status, body]).toMatchObject([401, { type: '/problems/unauthorized' }])
    expect(daemon.printed.join('\n')).not.toContain('"level":"error"')
  })

  it('ends when inlet stops', async () => {
    const { asking, daemon } = await caller('GET', (_incoming, outgoing) => void outgoing.writeHead(200).write('x'))
    asking.end()
    const answer = await answerOf(asking)
    await once(answer, 'data')
    const failed = once(answer, 'error')
    await daemon.stop()
    await failed
    expect(answer.complete).toBe(false)
  })
})

describe('a body', () => {
  it('goes out piece by piece, each as soon as the caller sends it', async () => {
    const provider = handed<IncomingMessage>()
    const { asking } = await caller('POST', (incoming, outgoing) => {
      provider.give(incoming)
      incoming.on('end', () => outgoing.end('all of it'))
    })
    asking.write('one')
    const incoming = await provider.take
    expect([incoming.headers['transfer-encoding'], incoming.headers['content-length']]).toEqual(['chunked', undefined])
    const pieces = incoming[Symbol.asyncIterator]()
    expect(String((await pieces.next()).value)).toBe('one')
    asking.write('two')
    expect(String((await pieces.next()).value)).toBe('two')
    asking.end()
    expect((await pieces.next()).done).toBe(true)
    expect((await bodyOf(await answerOf(asking))).toString()).toBe('all of it')
  })

  it('may be far larger than those of other routes, keeps its length, and waits for the provider', async () => {
    const pieces = 1000
    const provider = handed<IncomingMessage>()
    const { asking, upstream } = await caller(
      'PUT',
      (incoming, outgoing) => {
        provider.give(incoming)
        void bodyOf(incoming).then(body => outgoing.end(String(body.length)))
      },
      { 'content-length': pieces * piece.length },
    )
    for (let sent = 0; sent < pieces; sent++) if (!asking.write(piece)) await once(asking, 'drain')
    asking.end()
    await provider.take
    expect((await bodyOf(await answerOf(asking))).toString()).toBe(String(pieces * piece.length))
    expect(upstream.requests[0]?.headers['content-length']).toBe(String(pieces * piece.length))
  })

  it('that breaks off breaks off at the provider', async () => {
    const aborted = handed<boolean>()
    const { asking } = await caller('POST', incoming => {
      incoming.resume()
      incoming.on('error', () => aborted.give(incoming.complete))
      incoming.once('data', () => asking.destroy())
    })
    asking.write('one')
    expect(await aborted.take).toBe(false)
  })

  it('that the provider does not wait for does not keep its answer', async () => {
    const { asking } = await caller('POST', (_incoming, outgoing) => void outgoing.writeHead(413).end('too much'))
    asking.write('one')
    const answer = await answerOf(asking)
    expect([answer.statusCode, (await bodyOf(answer)).toString()]).toEqual([413, 'too much'])
  })
})

/** A moment in which everything on its way could have arrived. */
function quiet(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 300))
}
