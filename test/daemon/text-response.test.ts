import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { listen } from '../../daemon/listen.ts'
import { TextResponse } from '../../daemon/text-response.ts'

const content = '{"name":"Ada – 😀"}'
const init = { status: 201, headers: { 'Content-Type': 'application/json', Vary: 'Accept' } }

const reads: Record<string, (response: Response) => unknown> = {
  text: response => response.text(),
  json: response => response.json(),
  bytes: response => response.bytes(),
  'an ArrayBuffer': async response => new Uint8Array(await response.arrayBuffer()),
  'a Blob': async response => {
    const blob = await response.blob()
    return [blob.type, await blob.text()]
  },
  'a stream': response => new Response(response.body).text(),
  'a clone': async response => [await response.clone().text(), await response.text()],
  'a form': response => response.formData().catch((error: Error) => error.name),
  'another answer': async response => {
    const other = new Response(response.body, response)
    return [other.status, [...other.headers], await other.text()]
  },
  'what was read': async response => [response.bodyUsed, await response.text(), response.bodyUsed],
}

describe('a response of text', () => {
  it.each(Object.keys(reads))('is read as any other, as %s', async name => {
    const [ours, theirs] = [new TextResponse(content, init), new Response(content, init)]
    const headOf = ({ status, ok, statusText, headers }: Response) => [status, ok, statusText, [...headers]]
    expect(headOf(ours)).toEqual(headOf(theirs))
    const expected = await reads[name]?.(theirs)
    expect(expected).toBeDefined()
    expect(await reads[name]?.(ours)).toEqual(expected)
  })

  it('has the headers that were set on it, however it is read', async () => {
    const response = new TextResponse(content, init)
    response.headers.set('Vary', 'Origin')
    expect(response.clone().headers.get('Vary')).toBe('Origin')
    response.headers.set('Vary', 'Cookie')
    expect(response.headers.get('Vary')).toBe('Cookie')
  })

  it('is written to the last byte as any other is', async () => {
    const headers = new Headers({ 'Content-Type': 'application/json', 'Referrer-Policy': 'no-referrer' })
    for (const cookie of ['a=1', 'b=2']) headers.append('Set-Cookie', cookie)
    const ours = await answersOf(() => new TextResponse(content, { status: 201, headers }))
    expect(ours).toBe(await answersOf(() => new Response(content, { status: 201, headers })))
    expect(ours.match(/HTTP\/1\.1 201 Created/g)).toHaveLength(3)
    expect(ours.match(/content-length: 23\r\n/g)).toHaveLength(2)
    expect(ours.split(content)).toHaveLength(3)
  })
})

/** All that comes back for three requests on one connection, the second for the head alone. */
async function answersOf(make: () => Response): Promise<string> {
  const listening = await listen({
    ...{ host: '127.0.0.1', port: 0 },
    fetch: request => (request.method === 'HEAD' ? new Response(null, make()) : make()),
  })
  onTestFinished(() => listening.close())
  const socket = connect(listening.port, '127.0.0.1')
  const asked = ['GET', 'HEAD', 'GET'].map(method => `${method} / HTTP/1.1\r\nHost: localhost\r\n`)
  socket.end(`${asked.join('\r\n')}Connection: close\r\n\r\n`)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  return Buffer.concat(chunks)
    .toString()
    .replaceAll(/^Date: .*$/gm, 'Date: now')
}
