import { connect as connectTcp, createServer as createTcpServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isFailure } from '../../core/errors.ts'
import { type Listening, listen } from '../../daemon/listen.ts'

async function start(
  host: string,
  fetch: (request: Request) => Response | Promise<Response> = () => new Response('ok'),
) {
  const listening = await listen({ host, port: 0, fetch })
  onTestFinished(() => listening.close())
  return listening
}

/** Sends bytes as they are and gives all that comes back. */
async function raw({ port }: Listening, text: string): Promise<string> {
  const socket = connectTcp(port, '127.0.0.1')
  socket.end(text)
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return answer
}

describe('listening', () => {
  it('on localhost is on both loopback addresses, and on the same port', async () => {
    const { port, url } = await start('localhost')
    expect(url).toBe(`http://localhost:${port}`)
    const answers = await Promise.all(
      ['127.0.0.1', '[::1]'].map(host => fetch(`http://${host}:${port}`).then(answer => answer.text())),
    )
    expect(answers).toEqual(['ok', 'ok'])
  })

  it('on an address is on that alone', async () => {
    const { port } = await start('127.0.0.1')
    expect((await fetch(`http://127.0.0.1:${port}`)).status).toBe(200)
    await expect(fetch(`http://[::1]:${port}`)).rejects.toThrow()
  })

  it.each(['::1', '[::1]'])('takes %s, with or without brackets', async host => {
    const { url, port } = await start(host)
    expect(url).toBe(`http://[::1]:${port}`)
    expect((await fetch(url)).status).toBe(200)
  })

  it('on a port that is taken says so, and what to do', async () => {
    const other = createTcpServer()
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => new Promise(resolve => other.close(() => resolve())))
    const address = other.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const failure = await listen({ host: 'localhost', port, fetch: () => new Response() }).catch(error => error)
    expect(isFailure(failure, 'bad_config')).toBe(true)
    expect(failure.message).toMatch(/another program has it; .*INLET_PORT/)
  })

  it('hears of ten thousand emoji in an address', async () => {
    const { url } = await start('127.0.0.1', request => new Response(String(request.url.length)))
    const answer = await fetch(`${url}/?q=${encodeURIComponent('😀'.repeat(10_000))}`)
    expect(Number(await answer.text())).toBeGreaterThan(120_000)
  })

  it.each([
    ['what is no HTTP', 'nonsense\r\n\r\n', /^HTTP\/1\.1 400 /],
    // So little over the limit that the server has read it all: what it left unread would reset the connection.
    [
      'too long a header',
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(200 * 1024)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    ['a Host that cannot be', 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['no Host', 'GET / HTTP/1.0\r\n\r\n', /^HTTP\/1\.1 400 /],
  ])('answers %s with the headers of any answer', async (_what, text, status) => {
    const answer = await raw(await start('127.0.0.1'), text)
    expect(answer).toMatch(status)
    expect(answer).toMatch(/x-content-type-options: nosniff/i)
    expect(answer).toMatch(/content-security-policy: default-src 'self'/i)
  })

  it('lets a request be answered after it has stopped, and ends all when it closes', async () => {
    let answer: (response: Response) => void = () => {}
    const asked = Promise.withResolvers<void>()
    const listening = await start('127.0.0.1', () => {
      asked.resolve()
      return new Promise<Response>(resolve => {
        answer = resolve
      })
    })
    const pending = fetch(listening.url)
    await asked.promise
    listening.stop()
    await expect(fetch(listening.url)).rejects.toThrow()
    answer(new Response('late'))
    expect(await (await pending).text()).toBe('late')
    await listening.close()
  })
})

describe('a body that takes its time', () => {
  const limits = { requestMs: 1000, checkMs: 20 }

  /** Drop by drop for so many milliseconds, then `end` or silence. */
  async function drip(takesTime: boolean, ms: number, end: string): Promise<string> {
    const listening = await listen({
      ...{ host: '127.0.0.1', port: 0, limits },
      async fetch(request, caller) {
        if (takesTime) caller.takesTime?.()
        const body = await request.text().catch(() => 'cut off')
        return new Response(body.replace(/a+/, 'a'))
      },
    })
    onTestFinished(() => listening.close())
    const socket = connectTcp(listening.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n')
    const until = performance.now() + ms
    const drop = () => {
      if (!socket.writable) return
      if (performance.now() < until) socket.write('1\r\na\r\n', () => setImmediate(drop))
      else socket.write(end)
    }
    drop()
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    return answer
  }

  it('may come for longer than others, piece by piece', async () => {
    const [patient, hurried] = await Promise.all([drip(true, 3000, '1\r\nb\r\n0\r\n\r\n'), drip(false, 3000, '')])
    expect(patient).toMatch(/^HTTP\/1\.1 200 .*ab/s)
    expect(hurried).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('is given up when nothing comes any more', async () => {
    expect(await drip(true, 100, '')).toMatch(/^HTTP\/1\.1 408 /)
  })
})
